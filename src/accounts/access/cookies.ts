import type { FastifyReply } from 'fastify';
import { CSRF_COOKIE } from '../../platform/http/index.js';
import { COOKIE_ABSOLUTE_MS, newSecret } from '../sessions/index.js';

const isSecure = (publicUrl: string): boolean => publicUrl.startsWith('https:');

/** `__Host-` binds the cookie to this host over HTTPS; browsers refuse the prefix on plain HTTP. */
export const sessionCookie = (publicUrl: string): string => (isSecure(publicUrl) ? '__Host-atelier_session' : 'atelier_session');

const attributes = (publicUrl: string) => ({ path: '/', sameSite: 'lax', secure: isSecure(publicUrl) }) as const;

/** The session in a cookie that no script reads, and beside it the token that our pages send back as `x-csrf-token`. */
export function setSessionCookies(reply: FastifyReply, publicUrl: string, secret: string): void {
  const lasting = { ...attributes(publicUrl), maxAge: COOKIE_ABSOLUTE_MS / 1000 };
  reply.setCookie(sessionCookie(publicUrl), secret, { ...lasting, httpOnly: true });
  reply.setCookie(CSRF_COOKIE, newSecret(), lasting);
}

export function clearSessionCookies(reply: FastifyReply, publicUrl: string): void {
  reply.clearCookie(sessionCookie(publicUrl), { ...attributes(publicUrl), httpOnly: true });
  reply.clearCookie(CSRF_COOKIE, attributes(publicUrl));
}
