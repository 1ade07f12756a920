import { createHmac, timingSafeEqual } from 'node:crypto';

/** Older or newer than this, a webhook is a replay or a clock gone wrong. */
const TOLERANCE_SECONDS = 300;

export interface SignedHook {
  id: string | undefined;
  timestamp: string | undefined;
  /** Space-separated `v1,<base64>`; several while a secret is being changed. */
  signature: string | undefined;
  body: Buffer;
}

/** Standard Webhooks: HMAC-SHA256 over `id.timestamp.body` with the base64 part of the `whsec_` secret. */
export function isGenuine(secret: string, { id, timestamp, signature, body }: SignedHook, nowSeconds: number): boolean {
  if (!id || id.length > 200 || !timestamp || !/^\d{1,12}$/.test(timestamp) || !signature) return false;
  if (Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  const given = signature.split(' ').filter((part) => part.startsWith('v1,'));
  return given.some((part) => {
    const bytes = Buffer.from(part.slice(3), 'base64');
    return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
  });
}
