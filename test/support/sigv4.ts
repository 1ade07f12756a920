import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** AWS Signature Version 4 as a server checks it, from the public description of the algorithm; knows nothing of the SDK that signs. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}
export type Verdict = { ok: true; payloadHash: string } | { ok: false; code: string };

const SKEW_MS = 15 * 60_000;
const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const time = (stamp: string): number => {
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp);
  return m ? Date.UTC(+m[1]!, +m[2]! - 1, +m[3]!, +m[4]!, +m[5]!, +m[6]!) : Number.NaN;
};

interface Claim {
  credential: string;
  stamp: string;
  signedHeaders: string;
  signature: string;
  payloadHash: string;
}

/** Checks the signature in the query (presigned) or in the `Authorization` header. `nowMs` is the server's clock. */
export function verifySigV4(request: IncomingMessage, credentials: Credentials, nowMs: number): Verdict {
  const url = new URL(request.url!, 'http://s3');
  const presigned = url.searchParams.has('X-Amz-Signature');
  const claim = presigned ? fromQuery(url) : fromHeader(request);
  if (!claim) return { ok: false, code: 'AccessDenied' };
  const [id, date, region, service, end] = claim.credential.split('/');
  if (id !== credentials.accessKeyId) return { ok: false, code: 'InvalidAccessKeyId' };
  if (region !== credentials.region || service !== 's3' || end !== 'aws4_request' || !claim.stamp.startsWith(date!))
    return { ok: false, code: 'AuthorizationHeaderMalformed' };
  const signed = claim.signedHeaders.split(';');
  if (!signed.includes('host')) return { ok: false, code: 'AccessDenied' };
  // S3 wants every x-amz header that is sent to be signed.
  if (Object.keys(request.headers).some((name) => name.startsWith('x-amz-') && !signed.includes(name))) return { ok: false, code: 'AccessDenied' };
  const wanted = signatureOf(request, url, claim, signed, credentials);
  const given = Buffer.from(claim.signature, 'hex');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return { ok: false, code: 'SignatureDoesNotMatch' };
  const at = time(claim.stamp);
  const lifetime = presigned ? Number(url.searchParams.get('X-Amz-Expires')) * 1000 : SKEW_MS;
  if (!(at - SKEW_MS <= nowMs) || !(nowMs < at + lifetime)) return { ok: false, code: 'AccessDenied' };
  return { ok: true, payloadHash: claim.payloadHash };
}

function signatureOf(request: IncomingMessage, url: URL, claim: Claim, signed: string[], { secretAccessKey, region }: Credentials): Buffer {
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const headers = signed
    .map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}\n`,
    )
    .join('');
  const canonical = [request.method, url.pathname, query, headers, claim.signedHeaders, claim.payloadHash].join('\n');
  const date = claim.stamp.slice(0, 8);
  const scope = `${date}/${region}/s3/aws4_request`;
  const key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), region), 's3'), 'aws4_request');
  return hmac(key, ['AWS4-HMAC-SHA256', claim.stamp, scope, sha256(canonical)].join('\n'));
}

function fromQuery(url: URL): Claim | null {
  const get = (name: string): string => url.searchParams.get(name) ?? '';
  if (get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return null;
  return {
    credential: get('X-Amz-Credential'),
    stamp: get('X-Amz-Date'),
    signedHeaders: get('X-Amz-SignedHeaders'),
    signature: get('X-Amz-Signature'),
    payloadHash: 'UNSIGNED-PAYLOAD',
  };
}

function fromHeader(request: IncomingMessage): Claim | null {
  const m = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/.exec(request.headers.authorization ?? '');
  const stamp = request.headers['x-amz-date'];
  const payloadHash = request.headers['x-amz-content-sha256'];
  if (!m || typeof stamp !== 'string' || typeof payloadHash !== 'string') return null;
  return { credential: m[1]!, signedHeaders: m[2]!, signature: m[3]!, stamp, payloadHash };
}
