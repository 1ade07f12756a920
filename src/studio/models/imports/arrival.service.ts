import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { coreConfig, type ConfigOf } from '../../../platform/config/index.js';
import { isDomainError } from '../../../platform/errors/index.js';
import { SafeFetch } from '../../../platform/safe-fetch/index.js';
import { Storage } from '../../../platform/storage/index.js';
import { Refusal } from '../checks/refusal.js';
import { ModelQuota } from '../model-quota.service.js';
import { fetchTooSlow } from '../models.errors.js';
import { modelsConfig } from '../settings.js';
import { partKey, type ImportRow, type ImportStage } from './import.entity.js';
import { Pace } from './pace.js';

export interface Arrived {
  path: string;
  bytes: number;
  /** SHA-256, hex. */
  digest: string;
}
export type OnStep = (stage: ImportStage, progress: number) => Promise<void>;

const ABANDONED_MS = 24 * 3_600_000;
/** A copy is called by its import's id, and by the attempt behind that. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
/** One connection; what it brought stays, and the next one goes on. */
const CONNECTION_MS = 3 * 3_600_000;

/** Brings the whole file to this machine's disk: from the parts in storage, or from an address, going on where an earlier try broke off. */
@Injectable()
export class Arrival implements OnModuleInit {
  private readonly folder: string;
  /** Files are taken in where work is done, not where only requests are answered. */
  readonly isHere: boolean;

  constructor(
    @Inject(coreConfig.token) core: ConfigOf<typeof coreConfig>,
    @Inject(modelsConfig.token) private readonly settings: ConfigOf<typeof modelsConfig>,
    private readonly storage: Storage,
    private readonly fetcher: SafeFetch,
    private readonly quota: ModelQuota,
  ) {
    this.isHere = core.role !== 'api';
    this.folder = join(core.home, 'intake', 'models');
  }

  async onModuleInit(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.folder)) {
      const { mtimeMs } = await stat(join(this.folder, name)).catch(() => ({ mtimeMs: Infinity }));
      if (Date.now() - mtimeMs > ABANDONED_MS) await rm(join(this.folder, name), { force: true });
    }
  }

  /** The file's copy here goes when `use` has ended; what an address gave so far stays for the next try when it breaks off. */
  async withFile<T>(row: ImportRow, onStep: OnStep, use: (file: Arrived) => Promise<T>): Promise<T> {
    // Parts are put together anew by each attempt, apart from what a stuck one may still hold; an address goes on where the last one stopped.
    const path = join(this.folder, row.url === null ? `${row.id}-${row.attempts}` : row.id);
    if (row.url === null) await this.join(row, path, onStep);
    else await this.fetch(row, path, onStep);
    try {
      const { size } = await stat(path);
      if (!row.wish.catalogue) await this.quota.ensureRoom(row, row.id, size);
      const digest = await hashOf(path, size, (share) => onStep('checking', share * 0.5));
      if (row.bytes !== null && row.url === null && size !== row.bytes)
        throw new Refusal('size_mismatch', `${row.bytes} bytes were announced and ${size} arrived.`, 'Begin a new import.');
      if (row.sha256 !== null && row.sha256 !== digest)
        throw new Refusal(
          'digest_mismatch',
          'The bytes that arrived do not have the SHA-256 that was announced.',
          'Check the file and the digest, and begin a new import.',
        );
      return await use({ path, bytes: size, digest });
    } finally {
      await rm(path, { force: true });
    }
  }

  /** What an address gave so far. */
  async forget(importId: string): Promise<void> {
    await rm(join(this.folder, importId), { force: true });
  }

  /** Copies of imports that have ended, as `over` says of those it is asked about. */
  async tidy(over: (importIds: string[]) => Promise<string[]>): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => UUID.test(name));
    if (names.length === 0) return;
    const gone = new Set(await over([...new Set(names.map((name) => name.slice(0, 36)))]));
    for (const name of names) if (gone.has(name.slice(0, 36))) await rm(join(this.folder, name), { force: true });
  }

  private async join(row: ImportRow, path: string, onStep: OnStep): Promise<void> {
    const parts = [...row.parts].sort((a, b) => a.n - b.n);
    await rm(path, { force: true });
    for (const [i, { n }] of parts.entries()) {
      await onStep('checking', 0);
      await append(await this.storage.get(partKey(row.tenantId, row.id, n)), path, i === 0 ? 'wx' : 'a');
    }
  }

  private async fetch(row: ImportRow, path: string, onStep: OnStep): Promise<void> {
    const from = (await stat(path).catch(() => ({ size: 0 }))).size;
    await onStep('fetching', 0);
    const left = row.wish.catalogue ? Infinity : await this.quota.left(row, row.id);
    const pace = new Pace(performance.now());
    const overQuota = async (error: unknown): Promise<never> => {
      if (isDomainError(error) && error.code === 'fetch_too_large' && left < this.settings.maxBytes) await this.quota.ensureRoom(row, row.id, left + 1);
      throw error;
    };
    const fetched = this.fetcher.stream(
      row.url!,
      { headers: from > 0 ? { range: `bytes=${from}-` } : {}, maxBytes: Math.min(this.settings.maxBytes, left) - from, timeoutMs: CONNECTION_MS },
      async (answer, body) => {
        if (answer.status === 416 && from > 0) return;
        if (answer.status !== 200 && answer.status !== 206)
          throw new Refusal(
            'fetch_status',
            `The address answered ${answer.status}.`,
            'Check the address; a page that asks for a sign-in cannot be imported from.',
          );
        const goesOn = answer.status === 206 && from > 0;
        if (goesOn && !(answer.headers['content-range'] ?? `bytes ${from}-`).startsWith(`bytes ${from}-`)) {
          await this.forget(row.id);
          throw new Error('The address went on at another place than was asked for.');
        }
        const length = Number(answer.headers['content-length'] ?? 0) + (goesOn ? from : 0);
        let seen = goesOn ? from : 0;
        const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
          for await (const chunk of chunks) {
            seen += chunk.length;
            if (pace.isTooSlow(chunk.length, performance.now())) throw fetchTooSlow();
            await onStep('fetching', length > 0 ? Math.min(1, seen / length) : 0);
            yield chunk;
          }
        };
        await pipeline(body, counted, createWriteStream(path, { flags: goesOn ? 'a' : 'w', mode: 0o600 }));
      },
    );
    await fetched.catch(overQuota);
  }
}

const append = (source: Readable, path: string, flags: 'wx' | 'a'): Promise<void> => pipeline(source, createWriteStream(path, { flags, mode: 0o600 }));

async function hashOf(path: string, size: number, onShare: (share: number) => Promise<void>): Promise<string> {
  const hash = createHash('sha256');
  let seen = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    seen += chunk.length;
    await onShare(size === 0 ? 1 : seen / size);
  }
  return hash.digest('hex');
}
