import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a signed address of the file door allows: one method on one key until a second, and for a PUT exactly these bytes. */
export interface Permit {
  /** A GET address also answers HEAD. */
  method: 'GET' | 'PUT';
  key: string;
  /** Unix seconds. */
  expires: number;
  bytes?: number;
  sha256?: string;
  contentType?: string;
  downloadName?: string;
}

function signature(permit: Permit, secret: Buffer): Buffer {
  const bound = [
    permit.method,
    permit.key,
    permit.expires,
    permit.bytes ?? null,
    permit.sha256 ?? null,
    permit.contentType ?? null,
    permit.downloadName ?? null,
  ];
  return createHmac('sha256', secret)
    .update(`atelier file 1\n${JSON.stringify(bound)}`)
    .digest();
}

/** Path and query of the address, `/files/<key>?exp=…&sig=…`. */
export function sign(permit: Permit, secret: Buffer): string {
  const query = new URLSearchParams({ exp: String(permit.expires) });
  if (permit.bytes !== undefined) query.set('bytes', String(permit.bytes));
  if (permit.sha256 !== undefined) query.set('sha256', permit.sha256);
  if (permit.contentType !== undefined) query.set('type', permit.contentType);
  if (permit.downloadName !== undefined) query.set('name', permit.downloadName);
  query.set('sig', signature(permit, secret).toString('base64url'));
  return `/files/${permit.key}?${query.toString()}`;
}

/** The permit an address carries, or why it carries none. Comparison takes the same time for every wrong signature. */
export function verify(method: 'GET' | 'PUT', key: string, query: Record<string, unknown>, secret: Buffer, nowMs: number): Permit | 'expired' | 'tampered' {
  const text = (name: string): string | undefined => (typeof query[name] === 'string' ? query[name] : undefined);
  const permit: Permit = { method, key, expires: Number(text('exp')), contentType: text('type'), downloadName: text('name'), sha256: text('sha256') };
  const bytes = text('bytes');
  if (bytes !== undefined) permit.bytes = Number(bytes);
  const given = Buffer.from(text('sig') ?? '', 'base64url');
  const wanted = signature(permit, secret);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return 'tampered';
  return permit.expires * 1000 <= nowMs ? 'expired' : permit;
}
