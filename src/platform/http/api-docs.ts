import type { FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { notFound } from '../errors/index.js';
import { docsPage, type OpenApi } from './docs-page.js';
import { DOCS_STYLE } from './docs-style.js';

const POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/** `GET /api/openapi.json` as committed in the repository, and `GET /api/docs`, a page made of it that needs no script and nothing from elsewhere. */
export function serveApiDocs(server: FastifyInstance, repository: string): void {
  let made: { json: string; html: string; etag: string } | null = null;
  const load = (): { json: string; html: string; etag: string } => {
    if (made) return made;
    const json = readDescription(join(repository, 'openapi.json'));
    const etag = `"${createHash('sha256').update(json).digest('base64url').slice(0, 22)}"`;
    return (made = { json, html: docsPage(JSON.parse(json) as OpenApi), etag });
  };
  server.get('/api/openapi.json', (request, reply) => {
    const { json, etag } = load();
    reply.headers({ 'cache-control': 'no-cache', etag });
    return request.headers['if-none-match'] === etag ? reply.code(304).send() : reply.type('application/json; charset=utf-8').send(json);
  });
  server.get('/api/docs', (_request, reply) =>
    reply.headers({ 'cache-control': 'no-cache', 'content-security-policy': POLICY }).type('text/html; charset=utf-8').send(load().html),
  );
  server.get('/api/docs.css', (_request, reply) => reply.header('cache-control', 'no-cache').type('text/css; charset=utf-8').send(DOCS_STYLE));
}

function readDescription(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw notFound('description of the API in this build');
    throw error;
  }
}
