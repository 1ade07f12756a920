import type { FastifyInstance } from 'fastify';

/** What the pages of the web apps may load. Pictures and uploads also go to the origin of signed addresses, where files live elsewhere (S3). */
export function pagePolicy(foreignOrigin: string | null): string {
  const files = foreignOrigin ? ` ${foreignOrigin}` : '';
  return [
    "default-src 'self'",
    `img-src 'self' data: blob:${files}`,
    `media-src 'self' blob:${files}`,
    `connect-src 'self' ws: wss:${files}`,
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** For answers that are data: if a browser were talked into showing one as a page, it could do nothing. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Sets the headers of every answer; a route may set others later. Nothing is stored by caches unless a route says so. */
export function addSecurityHeaders(server: FastifyInstance, publicUrl: string): void {
  const headers = {
    'cache-control': 'no-store',
    'content-security-policy': DATA_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    'cross-origin-opener-policy': 'same-origin',
    'x-frame-options': 'DENY',
    ...(publicUrl.startsWith('https:') ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}
