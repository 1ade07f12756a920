import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createServer, type AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HTTP_STATUS, isDomainError, type DomainError } from '../../src/platform/errors/index.js';
import { DiskStorage, openFilesDoor, parseS3Address, S3Storage, type Storage } from '../../src/platform/storage/index.js';
import { S3StandIn } from '../support/s3-stand-in.js';

const digest = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const read = async (stream: Readable): Promise<Buffer> => Buffer.concat(await stream.toArray());
const picture = randomBytes(300_000);

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

interface House {
  storage: Storage;
  /** Lets signed addresses grow old. */
  later(seconds: number): void;
  close(): Promise<void>;
}

async function onDisk(): Promise<House> {
  const root = mkdtempSync(join(tmpdir(), 'files-'));
  const server = Fastify();
  server.setErrorHandler((error, _request, reply) => {
    reply.code(isDomainError(error) ? HTTP_STATUS[error.kind] : 500).send({ code: (error as DomainError).code });
  });
  const port = await freePort();
  const storage = new DiskStorage(join(root, 'files'), `http://127.0.0.1:${port}`, randomBytes(32));
  await storage.prepare();
  openFilesDoor(server, storage);
  await server.listen({ port, host: '127.0.0.1' });
  return {
    storage,
    later: (seconds) => vi.setSystemTime(Date.now() + seconds * 1000),
    close: async () => {
      await server.close();
      rmSync(root, { recursive: true });
    },
  };
}

async function onS3(): Promise<House> {
  const standIn = await new S3StandIn().start();
  process.env['AWS_ACCESS_KEY_ID'] = standIn.credentials.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = standIn.credentials.secretAccessKey;
  standIn.pageSize = 3;
  const spool = mkdtempSync(join(tmpdir(), 'spool-'));
  const storage = new S3Storage(parseS3Address(standIn.storageUrl('studio/files')), spool);
  return {
    storage,
    later: (seconds) => (standIn.clockOffsetMs = seconds * 1000),
    close: async () => {
      await standIn.stop();
      expect(readdirSync(spool)).toEqual([]);
      rmSync(spool, { recursive: true });
    },
  };
}

describe.each([
  ['a folder', onDisk],
  ['S3', onS3],
])('storage in %s', (_name, open) => {
  let house: House;
  let storage: Storage;
  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    house = await open();
    storage = house.storage;
  });
  afterAll(async () => {
    vi.useRealTimers();
    await house.close();
  });

  it.each([
    ['a buffer', () => picture],
    ['a stream', () => Readable.from([picture.subarray(0, 1000), picture.subarray(1000)])],
  ])('keeps %s with its digest, size and type', async (_what, body) => {
    const key = 't/one/asset/whole.png';
    expect(await storage.put(key, body(), { contentType: 'image/png' })).toEqual({ sha256: digest(picture), bytes: picture.length });
    expect(await storage.head(key)).toEqual({ sha256: digest(picture), bytes: picture.length, contentType: 'image/png' });
    expect((await read(await storage.get(key))).equals(picture)).toBe(true);
    expect((await storage.getBuffer(key, picture.length)).equals(picture)).toBe(true);
  });
  it('the same key again replaces the object', async () => {
    await storage.put('t/one/asset/again', Buffer.from('first'), { contentType: 'text/plain' });
    await storage.put('t/one/asset/again', Buffer.from('second one'), { contentType: 'text/css' });
    expect(await storage.head('t/one/asset/again')).toMatchObject({ bytes: 10, contentType: 'text/css' });
    expect((await storage.getBuffer('t/one/asset/again', 100)).toString()).toBe('second one');
  });
  it('keeps an empty file', async () => {
    await storage.put('t/one/asset/empty', Buffer.alloc(0), { contentType: 'text/plain' });
    expect(await storage.head('t/one/asset/empty')).toMatchObject({ bytes: 0 });
    expect(await storage.getBuffer('t/one/asset/empty', 10)).toHaveLength(0);
  });
  it('a file larger than the caller can hold is refused before it is read', async () => {
    await expect(storage.getBuffer('t/one/asset/whole.png', picture.length - 1)).rejects.toMatchObject({ code: 'file_too_large', kind: 'too_large' });
  });
  it('a missing file is said to be missing', async () => {
    expect(await storage.head('t/one/none')).toBeNull();
    await expect(storage.get('t/one/none')).rejects.toMatchObject({ code: 'file_missing' });
    await expect(storage.getBuffer('t/one/none', 1)).rejects.toMatchObject({ code: 'file_missing' });
  });
  it('a stream that breaks leaves nothing', async () => {
    const broken = Readable.from(
      (async function* () {
        yield picture.subarray(0, 70_000);
        throw new Error('the source broke');
      })(),
    );
    await expect(storage.put('t/one/asset/broken', broken, { contentType: 'image/png' })).rejects.toThrow('the source broke');
    expect(await storage.head('t/one/asset/broken')).toBeNull();
  });
  it('deletes what is there and does not mind what is not', async () => {
    await storage.put('t/two/temp/a', Buffer.from('a'), { contentType: 'text/plain' });
    await storage.delete(['t/two/temp/a', 't/two/temp/none']);
    expect(await storage.head('t/two/temp/a')).toBeNull();
  });
  it('lists what begins with a prefix, all of it, in order', async () => {
    const keys = ['t/l/a', 't/l/a.b', 't/l/a/1', 't/l/b/1', 't/l/b/2', 't/l/b/3', 't/la/x', 't/m/x'];
    for (const key of keys) await storage.put(key, Buffer.from(key), { contentType: 'text/plain' }).catch(() => undefined);
    const seen: string[] = [];
    for await (const found of storage.list('t/l/b')) {
      seen.push(found.key);
      expect(found.bytes).toBe(found.key.length);
      expect(Math.abs(found.modifiedAt.getTime() - Date.now())).toBeLessThan(120_000);
    }
    expect(seen).toEqual(['t/l/b/1', 't/l/b/2', 't/l/b/3']);
    const all: string[] = [];
    for await (const found of storage.list('t/l')) all.push(found.key);
    expect(all).toEqual([...all].sort());
    expect(all).toContain('t/la/x');
    for await (const found of storage.list('t/nobody/')) expect.unreachable(found.key);
  });
  it.each(['../secret', 't/../../x', '/etc/passwd', 't/x.meta'])('the key %s is refused everywhere', async (key) => {
    const refusal = { code: 'storage_key_invalid' };
    await expect(storage.put(key, picture, { contentType: 'image/png' })).rejects.toMatchObject(refusal);
    await expect(storage.get(key)).rejects.toMatchObject(refusal);
    await expect((async () => storage.signGet(key, { expiresSeconds: 1 }))()).rejects.toMatchObject(refusal);
    await expect((async () => storage.delete([key]))()).rejects.toMatchObject(refusal);
  });

  describe('signed addresses', () => {
    const wish = (data: Buffer) => ({ expiresSeconds: 60, bytes: data.length, sha256: digest(data), contentType: 'image/png' });
    const send = (url: string, headers: Record<string, string>, body: Buffer) => fetch(url, { method: 'PUT', headers, body: new Uint8Array(body) });

    it('a GET address shows the file, whole and in part', async () => {
      const url = await storage.signGet('t/one/asset/whole.png', { expiresSeconds: 60 });
      const whole = await fetch(url);
      expect(whole.headers.get('content-type')).toBe('image/png');
      expect(Buffer.from(await whole.arrayBuffer()).equals(picture)).toBe(true);
      const part = await fetch(url, { headers: { range: 'bytes=1000-1999' } });
      expect(part.status).toBe(206);
      expect(part.headers.get('content-range')).toBe(`bytes 1000-1999/${picture.length}`);
      expect(Buffer.from(await part.arrayBuffer()).equals(picture.subarray(1000, 2000))).toBe(true);
    });
    it('a download name and a type are part of the address', async () => {
      const url = await storage.signGet('t/one/asset/whole.png', { expiresSeconds: 60, downloadName: 'Käse.png', contentType: 'application/octet-stream' });
      const answer = await fetch(url);
      expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''K%C3%A4se.png");
      expect(answer.headers.get('content-type')).toBe('application/octet-stream');
      expect((await fetch(url.replace('png', 'html'))).status).toBe(403);
    });
    it('a PUT address takes exactly the bytes it was made for', async () => {
      const { url, headers } = await storage.signPut('t/one/upload/ok', wish(picture));
      expect((await send(url, headers, picture)).status).toBe(200);
      expect(await storage.head('t/one/upload/ok')).toEqual({ sha256: digest(picture), bytes: picture.length, contentType: 'image/png' });
    });
    it.each([
      ['other bytes of the same length', (h: Record<string, string>) => [h, Buffer.concat([picture.subarray(1), Buffer.from('x')])] as const],
      ['fewer bytes', (h: Record<string, string>) => [h, picture.subarray(1)] as const],
      ['more bytes', (h: Record<string, string>) => [h, Buffer.concat([picture, Buffer.from('x')])] as const],
      ['another type', (h: Record<string, string>) => [{ ...h, 'content-type': 'text/html' }, picture] as const],
    ])('a PUT address refuses %s and keeps nothing', async (_what, alter) => {
      const { url, headers } = await storage.signPut('t/one/upload/no', wish(picture));
      const [altered, body] = alter(headers);
      const answer = await send(url, altered as Record<string, string>, body);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(await storage.head('t/one/upload/no')).toBeNull();
    });
    it.each([
      ['another key', (url: string) => url.replace('whole.png', 'again')],
      ['a longer life', (url: string) => url.replace(/(exp|X-Amz-Expires)=\d+/, '$1=9999999999')],
      ['a changed signature', (url: string) => url.replace(/(sig|X-Amz-Signature)=./, (m) => m.slice(0, -1) + (m.endsWith('a') ? 'b' : 'a'))],
      ['no signature', (url: string) => url.split('?')[0]!],
    ])('%s gets no byte', async (_what, alter) => {
      const url = alter(await storage.signGet('t/one/asset/whole.png', { expiresSeconds: 60 }));
      const answer = await fetch(url);
      expect(answer.status).toBe(403);
      expect((await answer.arrayBuffer()).byteLength).toBeLessThan(1000);
    });
    it('a GET address does not write', async () => {
      const url = await storage.signGet('t/one/asset/whole.png', { expiresSeconds: 60 });
      expect((await send(url, { 'content-type': 'image/png' }, Buffer.from('x'))).status).toBe(403);
      expect(await storage.head('t/one/asset/whole.png')).toMatchObject({ bytes: picture.length });
    });
    it('an address ends when it said', async () => {
      const get = await storage.signGet('t/one/asset/whole.png', { expiresSeconds: 60 });
      const put = await storage.signPut('t/one/upload/late', wish(picture));
      house.later(61);
      expect((await fetch(get)).status).toBe(403);
      expect((await send(put.url, put.headers, picture)).status).toBe(403);
      expect(await storage.head('t/one/upload/late')).toBeNull();
      house.later(0);
    });
  });
});

describe('the folder', () => {
  it('keeps files to itself and leaves no half-written ones behind', async () => {
    const root = mkdtempSync(join(tmpdir(), 'files-'));
    const storage = new DiskStorage(root, 'http://x', randomBytes(32));
    await storage.prepare();
    await expect(storage.receive('t/a', Readable.from([Buffer.from('abc')]), 'text/plain', { bytes: 2, sha256: digest(picture) })).rejects.toMatchObject({
      code: 'content_mismatch',
    });
    await storage.put('t/b', Buffer.from('abc'), { contentType: 'text/plain' });
    expect(readdirSync(join(root, '.tmp'))).toEqual([]);
    expect(readdirSync(join(root, 't')).sort()).toEqual(['b', 'b.meta']);
    expect(statSync(join(root, 't/b')).mode & 0o077).toBe(0);
    rmSync(root, { recursive: true });
  });
  it('a file whose companion is lost or of another size does not count', async () => {
    const root = mkdtempSync(join(tmpdir(), 'files-'));
    const storage = new DiskStorage(root, 'http://x', randomBytes(32));
    await storage.prepare();
    await storage.put('t/b', Buffer.from('abc'), { contentType: 'text/plain' });
    rmSync(join(root, 't/b.meta'));
    expect(await storage.head('t/b')).toBeNull();
    rmSync(root, { recursive: true });
  });
});
