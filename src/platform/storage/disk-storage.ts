import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, constants, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { assertNoTransaction } from '../database/index.js';
import { newId } from '../ids/index.js';
import { sign } from './address.js';
import type { ByteRange } from './byte-range.js';
import { checkedKey, COMPANION } from './key.js';
import { contentMismatch, fileMissing, fileTooLarge } from './storage.errors.js';
import { Storage, type ListedObject, type SignGet, type SignPut, type StoredObject } from './storage.port.js';

const TEMPORARY = '.tmp';
/** A temporary file this old belongs to a process that died while writing. */
const ABANDONED_MS = 24 * 3_600_000;

const missing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

/** The folder's meaning of expected content: what a signed PUT was bound to. */
export interface Expected {
  bytes: number;
  sha256: string;
}

/**
 * Files in a folder. An object is its file plus a small companion `<key>.meta` with digest, size and type. Both are written aside, flushed, and
 * renamed, companion first; an object counts only when both are there and agree on the size, so a crash leaves the old object or none.
 */
export class DiskStorage extends Storage {
  override readonly foreignOrigin = null;

  /** @param root folder of the files; @param origin where the file door answers, without trailing slash; @param secret signs its addresses */
  constructor(
    private readonly root: string,
    private readonly origin: string,
    readonly secret: Buffer,
  ) {
    super();
  }

  async prepare(): Promise<void> {
    const aside = join(this.root, TEMPORARY);
    await mkdir(aside, { recursive: true, mode: 0o700 });
    for (const name of await readdir(aside)) {
      const { mtimeMs } = await stat(join(aside, name)).catch(() => ({ mtimeMs: Infinity }));
      if (Date.now() - mtimeMs > ABANDONED_MS) await rm(join(aside, name), { force: true });
    }
  }

  override async put(key: string, body: Buffer | Readable, o: { contentType: string }): Promise<{ sha256: string; bytes: number }> {
    assertNoTransaction('Storage.put');
    return this.receive(key, body, o.contentType);
  }

  /** As `put`; with `expected`, keeps nothing unless size and digest are exactly that. @throws DomainError `content_mismatch` (422) */
  async receive(key: string, body: Buffer | Readable, contentType: string, expected?: Expected): Promise<{ sha256: string; bytes: number }> {
    const target = join(this.root, checkedKey(key));
    const draft = join(this.root, TEMPORARY, newId());
    const hash = createHash('sha256');
    let bytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        hash.update(chunk);
        if (expected && bytes > expected.bytes) done(contentMismatch(`${expected.bytes} bytes`, 'more'));
        else done(null, chunk);
      },
    });
    try {
      const source = body instanceof Readable ? body : Readable.from([body]);
      await pipeline(source, measure, createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }));
      const sha256 = hash.digest('hex');
      if (expected && bytes !== expected.bytes) throw contentMismatch(`${expected.bytes} bytes`, `${bytes}`);
      if (expected && sha256 !== expected.sha256) throw contentMismatch(`the SHA-256 ${expected.sha256}`, sha256);
      await this.settle(draft, target, { bytes, sha256, contentType });
      return { sha256, bytes };
    } finally {
      await rm(draft, { force: true });
      await rm(`${draft}${COMPANION}`, { force: true });
    }
  }

  override async get(key: string): Promise<Readable> {
    assertNoTransaction('Storage.get');
    return this.open(key);
  }

  async open(key: string, range?: ByteRange): Promise<Readable> {
    try {
      const file = await open(join(this.root, checkedKey(key)), 'r');
      return createReadStream('', { fd: file, ...range });
    } catch (error) {
      throw missing(error) ? fileMissing() : error;
    }
  }

  override async getBuffer(key: string, maxBytes: number): Promise<Buffer> {
    assertNoTransaction('Storage.getBuffer');
    const path = join(this.root, checkedKey(key));
    try {
      const { size } = await stat(path);
      if (size > maxBytes) throw fileTooLarge(size, maxBytes);
      return await readFile(path);
    } catch (error) {
      throw missing(error) ? fileMissing() : error;
    }
  }

  override async head(key: string): Promise<StoredObject | null> {
    assertNoTransaction('Storage.head');
    const path = join(this.root, checkedKey(key));
    try {
      const [{ size }, companion] = await Promise.all([stat(path), readFile(`${path}${COMPANION}`, 'utf8')]);
      const stored = JSON.parse(companion) as StoredObject;
      return stored.bytes === size ? stored : null;
    } catch (error) {
      if (missing(error) || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  override async delete(keys: readonly string[]): Promise<void> {
    assertNoTransaction('Storage.delete');
    for (const key of keys) {
      const path = join(this.root, checkedKey(key));
      await rm(path, { force: true });
      await rm(`${path}${COMPANION}`, { force: true });
    }
  }

  override async *list(prefix: string): AsyncIterable<ListedObject> {
    assertNoTransaction('Storage.list');
    const slash = prefix.lastIndexOf('/');
    const folder = prefix.slice(0, Math.max(0, slash));
    if (folder !== '') checkedKey(folder);
    yield* this.walk(folder, prefix);
  }

  private async *walk(folder: string, prefix: string): AsyncIterable<ListedObject> {
    const entries = await readdir(join(this.root, folder), { withFileTypes: true }).catch((error: unknown) => {
      if (missing(error)) return [];
      throw error;
    });
    const named = entries.map((entry) => ({ entry, key: `${folder ? `${folder}/` : ''}${entry.name}${entry.isDirectory() ? '/' : ''}` }));
    // Folders sort with their slash, as S3 sorts whole keys.
    for (const { entry, key } of named.sort((a, b) => (a.key < b.key ? -1 : 1))) {
      if (entry.name === TEMPORARY || entry.name.endsWith(COMPANION)) continue;
      if (entry.isDirectory() && (key.startsWith(prefix) || prefix.startsWith(key))) yield* this.walk(key.slice(0, -1), prefix);
      if (!entry.isFile() || !key.startsWith(prefix)) continue;
      const found = await stat(join(this.root, key)).catch(() => null);
      if (found) yield { key, bytes: found.size, modifiedAt: found.mtime };
    }
  }

  override signGet(key: string, o: SignGet): Promise<string> {
    const permit = {
      method: 'GET' as const,
      key: checkedKey(key),
      expires: inSeconds(o.expiresSeconds),
      contentType: o.contentType,
      downloadName: o.downloadName,
    };
    return Promise.resolve(this.origin + sign(permit, this.secret));
  }

  override signPut(key: string, o: SignPut): Promise<{ url: string; headers: Record<string, string> }> {
    const permit = {
      method: 'PUT' as const,
      key: checkedKey(key),
      expires: inSeconds(o.expiresSeconds),
      bytes: o.bytes,
      sha256: o.sha256.toLowerCase(),
      contentType: o.contentType,
    };
    return Promise.resolve({ url: this.origin + sign(permit, this.secret), headers: { 'content-type': o.contentType } });
  }

  override async check(): Promise<void> {
    await access(join(this.root, TEMPORARY), constants.W_OK);
  }

  private async settle(draft: string, target: string, stored: StoredObject): Promise<void> {
    await writeFile(`${draft}${COMPANION}`, JSON.stringify(stored), { flag: 'wx', mode: 0o600, flush: true });
    const folder = dirname(target);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rename(`${draft}${COMPANION}`, `${target}${COMPANION}`);
    await rename(draft, target);
    const handle = await open(folder, 'r');
    // The names themselves must survive a power cut as well.
    await handle.sync().finally(() => handle.close());
  }
}

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
