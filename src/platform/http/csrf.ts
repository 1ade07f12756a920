import { createHash, timingSafeEqual } from 'node:crypto';
import { DomainError } from '../errors/index.js';
import type { AuthRequest } from './authenticator.port.js';

/** Readable by our pages, which send its value back as `x-csrf-token`. */
export const CSRF_COOKIE = 'atelier_csrf';
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

type Asked = Pick<AuthRequest, 'headers' | 'cookies' | 'method'>;

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

const sameText = (a: string, b: string): boolean => timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());

/**
 * True when one of our own pages sent the request: the browser says `Sec-Fetch-Site: same-origin`, or the `Origin` is the public one or the host
 * that was asked. Such callers get the session cookie only, never tokens in a body.
 */
export function fromOwnPage(request: Pick<Asked, 'headers'>, publicUrl?: string): boolean {
  const site = one(request.headers['sec-fetch-site']);
  const origin = one(request.headers.origin);
  if (origin === undefined) return site === 'same-origin';
  if (site !== undefined && site !== 'same-origin') return false;
  if (!URL.canParse(origin)) return false;
  const { host, origin: theirs } = new URL(origin);
  return (publicUrl !== undefined && theirs === new URL(publicUrl).origin) || host === one(request.headers.host);
}

/**
 * For requests that a session cookie vouches for: an unsafe method must come from our own page and carry the value of the `atelier_csrf` cookie
 * in `x-csrf-token`. Null when all is well; the refusal (403 `csrf_failed`) otherwise.
 */
export function csrfFault(request: Asked, publicUrl?: string): DomainError | null {
  if (SAFE_METHODS.has(request.method)) return null;
  if (!fromOwnPage(request, publicUrl)) return refusal('it does not come from a page of this installation');
  const cookie = request.cookies[CSRF_COOKIE];
  const header = one(request.headers['x-csrf-token']);
  if (!cookie || !header || !sameText(cookie, header)) return refusal(`the header x-csrf-token is not the value of the cookie ${CSRF_COOKIE}`);
  return null;
}

const refusal = (why: string): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: 'csrf_failed',
    detail: `The request was refused because ${why}. Reload the page; programs use a bearer token instead of the cookie.`,
  });
