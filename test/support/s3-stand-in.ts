import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { verifySigV4, type Credentials } from './sigv4.js';

interface Meta {
  contentType: string;
  checksumSha256: string | null;
}

/**
 * The part of S3 that we use, in a folder, with S3's own strictness: every request must be signed (SigV4 in header or query, not expired), and
 * signed lengths, digests and checksums must be true. PUT, GET with ranges, HEAD, DELETE, DeleteObjects, ListObjectsV2, addressed by path.
 */
export class S3StandIn {
  readonly bucket = 'studio-test';
  readonly credentials: Credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', region: 'eu-central-1' };
  /** Moves the server's clock, in milliseconds, to look at expiry. */
  clockOffsetMs = 0;
  /** Keys a page of a listing holds, small enough to see paging. */
  pageSize = 1000;
  private readonly folder = mkdtempSync(join(tmpdir(), 's3-stand-in-'));
  private server: Server | undefined;

  async start(): Promise<this> {
    this.server = createServer((request, response) => {
      this.handle(request, response).catch((error: unknown) => fault(response, 500, 'InternalError', String(error)));
    });
    await new Promise<void>((resolve) => this.server!.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}`;
  }
  /** Value for STORAGE_URL. */
  storageUrl(prefix = ''): string {
    return `s3://${this.bucket}/${prefix}?region=${this.credentials.region}&endpoint=${encodeURIComponent(this.endpoint)}`;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const verdict = verifySigV4(request, this.credentials, Date.now() + this.clockOffsetMs);
    if (!verdict.ok) return fault(response, 403, verdict.code, 'refused');
    const digest = createHash('sha256').update(body);
    const hex = digest.copy().digest('hex');
    if (verdict.payloadHash !== 'UNSIGNED-PAYLOAD' && verdict.payloadHash !== hex) return fault(response, 400, 'XAmzContentSHA256Mismatch', 'other bytes');
    const checksum = request.headers['x-amz-checksum-sha256'];
    if (checksum !== undefined && checksum !== digest.digest('base64')) return fault(response, 400, 'BadDigest', 'other SHA-256');
    const crc = request.headers['x-amz-checksum-crc32'];
    if (crc !== undefined && Buffer.from(String(crc), 'base64').readUInt32BE() !== crc32(body)) return fault(response, 400, 'BadDigest', 'other CRC-32');
    const url = new URL(request.url!, this.endpoint);
    const [, bucket, ...rest] = url.pathname.split('/').map(decodeURIComponent);
    if (bucket !== this.bucket) return fault(response, 404, 'NoSuchBucket', 'no such bucket');
    return this.operate(request, response, url.searchParams, rest.join('/'), body);
  }

  private operate(request: IncomingMessage, response: ServerResponse, query: URLSearchParams, key: string, body: Buffer): void {
    if (key === '' && request.method === 'GET' && query.get('list-type') === '2') return this.list(response, query);
    if (key === '' && request.method === 'POST' && query.has('delete')) return this.deleteMany(request, response, body);
    if (request.method === 'PUT') return this.write(request, response, key, body);
    if (request.method === 'GET' || request.method === 'HEAD') return this.read(request, response, query, key);
    if (request.method === 'DELETE') {
      this.remove(key);
      return void response.writeHead(204).end();
    }
    return fault(response, 501, 'NotImplemented', 'not in this subset');
  }

  private path(key: string): string {
    return join(this.folder, Buffer.from(key).toString('base64url'));
  }

  private write(request: IncomingMessage, response: ServerResponse, key: string, body: Buffer): void {
    const checksum = request.headers['x-amz-checksum-sha256'];
    const meta: Meta = {
      contentType: request.headers['content-type'] ?? 'binary/octet-stream',
      checksumSha256: checksum === undefined ? null : String(checksum),
    };
    writeFileSync(this.path(key), body);
    writeFileSync(`${this.path(key)}.meta`, JSON.stringify(meta));
    response.writeHead(200, { etag: '"x"' }).end();
  }

  private read(request: IncomingMessage, response: ServerResponse, query: URLSearchParams, key: string): void {
    let body: Buffer;
    try {
      body = readFileSync(this.path(key));
    } catch {
      return fault(response, 404, 'NoSuchKey', 'no such key');
    }
    const meta = JSON.parse(readFileSync(`${this.path(key)}.meta`, 'utf8')) as Meta;
    const headers: Record<string, string> = { 'content-type': query.get('response-content-type') ?? meta.contentType, 'accept-ranges': 'bytes' };
    const disposition = query.get('response-content-disposition');
    if (disposition) headers['content-disposition'] = disposition;
    if (request.headers['x-amz-checksum-mode'] === 'ENABLED' && meta.checksumSha256) headers['x-amz-checksum-sha256'] = meta.checksumSha256;
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const from = range ? Number(range[1]) : 0;
    const part = range ? body.subarray(from, range[2] ? Number(range[2]) + 1 : undefined) : body;
    if (range) headers['content-range'] = `bytes ${from}-${from + part.length - 1}/${body.length}`;
    response.writeHead(range ? 206 : 200, { ...headers, 'content-length': String(part.length) });
    response.end(request.method === 'HEAD' ? undefined : part);
  }

  private list(response: ServerResponse, query: URLSearchParams): void {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? '';
    const size = Math.min(this.pageSize, Number(query.get('max-keys') ?? this.pageSize));
    const all = readdirSync(this.folder)
      .filter((name) => !name.endsWith('.meta'))
      .map((name) => Buffer.from(name, 'base64url').toString())
      .filter((key) => key.startsWith(prefix) && key > after)
      .sort();
    const page = all.slice(0, size);
    const contents = page.map((key) => {
      const found = statSync(this.path(key));
      return `<Contents><Key>${key}</Key><LastModified>${found.mtime.toISOString()}</LastModified><Size>${found.size}</Size></Contents>`;
    });
    const more = all.length > page.length;
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    xml(response, 200, `<ListBucketResult><IsTruncated>${more}</IsTruncated><KeyCount>${page.length}</KeyCount>${contents.join('')}${next}</ListBucketResult>`);
  }

  private deleteMany(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const sealed = ['content-md5', 'x-amz-checksum-crc32', 'x-amz-checksum-sha256'].some((name) => request.headers[name] !== undefined);
    if (!sealed) return fault(response, 400, 'InvalidRequest', 'a checksum is required');
    for (const match of body.toString().matchAll(/<Key>([^<]+)<\/Key>/g)) this.remove(match[1]!);
    xml(response, 200, '<DeleteResult></DeleteResult>');
  }

  private remove(key: string): void {
    rmSync(this.path(key), { force: true });
    rmSync(`${this.path(key)}.meta`, { force: true });
  }
}

const xml = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0" encoding="UTF-8"?>${body}`);
};

function fault(response: ServerResponse, status: number, code: string, message: string): void {
  xml(response, status, `<Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}
