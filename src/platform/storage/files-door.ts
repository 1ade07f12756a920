import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { verify, type Permit } from './address.js';
import { parseRange } from './byte-range.js';
import { attachment, SHOWN_INLINE } from './disposition.js';
import { DiskStorage } from './disk-storage.js';
import { addressRefused, contentMismatch, fileMissing } from './storage.errors.js';
import type { Storage } from './storage.port.js';

interface Door {
  Params: { '*': string };
  Querystring: Record<string, unknown>;
}

/** Opens `/files/*` for a folder: signed GET, HEAD and PUT. With S3 there is nothing to open; its addresses lead elsewhere. */
export function openFilesDoor(server: FastifyInstance, storage: Storage): void {
  if (!(storage instanceof DiskStorage)) return;
  void server.register((scope, _options, done) => {
    // Bodies are streamed to the folder as they come, whatever their type.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
    scope.route<Door>({ method: ['GET', 'HEAD'], url: '/files/*', handler: (request, reply) => show(storage, request, reply) });
    scope.route<Door>({ method: 'PUT', url: '/files/*', handler: (request, reply) => take(storage, request, reply) });
    done();
  });
}

function permitOf(storage: DiskStorage, method: 'GET' | 'PUT', request: FastifyRequest<Door>): Permit {
  const permit = verify(method, request.params['*'], request.query, storage.secret, Date.now());
  if (typeof permit === 'string') throw addressRefused(permit);
  return permit;
}

async function show(storage: DiskStorage, request: FastifyRequest<Door>, reply: FastifyReply): Promise<FastifyReply> {
  const permit = permitOf(storage, 'GET', request);
  const stored = await storage.head(permit.key);
  if (!stored) throw fileMissing();
  const contentType = permit.contentType ?? stored.contentType;
  const seconds = Math.max(0, permit.expires - Math.floor(Date.now() / 1000));
  const inline = permit.downloadName === undefined && SHOWN_INLINE.has(contentType);
  reply.headers({
    'content-type': contentType,
    'content-disposition': inline ? 'inline' : attachment(permit.downloadName ?? 'file'),
    'cache-control': `private, max-age=${seconds}, immutable`,
    etag: `"${stored.sha256}"`,
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    // A file that slipped through as a page could neither run script nor reach our origin.
    'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
  });
  if (request.headers['if-none-match'] === `"${stored.sha256}"`) return reply.code(304).send();
  const conditional = request.headers['if-range'];
  const range = conditional === undefined || conditional === `"${stored.sha256}"` ? parseRange(request.headers.range, stored.bytes) : null;
  if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${stored.bytes}`).header('content-length', 0).send();
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${stored.bytes}`);
  reply.header('content-length', range ? range.end - range.start + 1 : stored.bytes);
  return reply.send(request.method === 'HEAD' ? undefined : await storage.open(permit.key, range ?? undefined));
}

async function take(storage: DiskStorage, request: FastifyRequest<Door>, reply: FastifyReply): Promise<FastifyReply> {
  const permit = permitOf(storage, 'PUT', request);
  const { bytes, sha256, contentType } = permit as Required<Permit>;
  const type = request.headers['content-type'] ?? '';
  if (type !== contentType) throw contentMismatch(`the type ${contentType}`, type || 'no type');
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) !== bytes) throw contentMismatch(`${bytes} bytes`, length);
  await storage.receive(permit.key, request.body as Readable, contentType, { bytes, sha256 });
  return reply.code(200).header('etag', `"${sha256}"`).header('content-length', 0).send();
}
