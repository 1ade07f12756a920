import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** A built web app: `prefix` ends with a slash, `folder` is the `dist` of its workspace. */
export interface WebApp {
  prefix: string;
  folder: string;
}

/** Paths that never belong to a page, so that a wrong API path is answered as one. */
const NOT_PAGES = /^\/(api|files|health|metrics|socket\.io|ws)(\/|$)/;

/** Build tools put a digest into these names; the bytes behind one never change. */
const HASHED = /^assets\//;

/**
 * Serves built web apps: known files by name, `index.html` for every other path of theirs that looks like a page. Only names that were there
 * at start are served, so a path can name nothing else. An app that was not built is not there.
 */
export async function serveWebApps(server: FastifyInstance, apps: readonly WebApp[], policy: string, publicUrl: string): Promise<void> {
  await server.register(fastifyStatic, { serve: false });
  for (const app of apps.filter(({ folder }) => existsSync(join(folder, 'index.html')))) {
    const files = filesOf(app.folder);
    const serve = (request: FastifyRequest, reply: FastifyReply): FastifyReply | void => {
      const better = byPublicName(request, publicUrl);
      return better ? reply.redirect(better, 302) : show(app, files, policy, request, reply);
    };
    if (app.prefix !== '/') server.get(app.prefix.slice(0, -1), (_request, reply) => reply.redirect(app.prefix, 308));
    server.get(`${app.prefix}*`, serve);
  }
}

/**
 * The same page under the name that addresses of pictures carry, when this machine was called by another of its own names (`127.0.0.1` for
 * `localhost`): under two names a page would be a stranger to its own pictures and cookies. Null when there is nothing to correct.
 */
export function byPublicName(request: { url: string; headers: { host?: string | undefined } }, publicUrl: string): string | null {
  const wanted = new URL(publicUrl);
  const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
  const { host } = request.headers;
  if (!host || !LOOPBACK.test(host) || !LOOPBACK.test(wanted.host) || new URL(`${wanted.protocol}//${host}`).host === wanted.host) return null;
  return `${wanted.origin}${request.url}`;
}

function show(app: WebApp, files: ReadonlySet<string>, policy: string, request: FastifyRequest, reply: FastifyReply): FastifyReply | void {
  const path = request.url.split('?')[0]!;
  const name = (request.params as { '*': string })['*'];
  if (NOT_PAGES.test(path)) return void reply.callNotFound();
  const known = files.has(name);
  // A name with an ending that is not there is a missing file, not a page.
  if (!known && /\.[a-z0-9]{1,8}$/i.test(name)) return void reply.callNotFound();
  reply.headers({ 'content-security-policy': policy, 'cache-control': known && HASHED.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache' });
  return reply.sendFile(known ? name : 'index.html', app.folder, { cacheControl: false });
}

function filesOf(folder: string): ReadonlySet<string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Set(files.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')));
}
