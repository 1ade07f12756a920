/**
 * Files of weights on this machine's disk, named by digest. What is used longest ago leaves first when room is needed; what a task uses never does. A file that
 * was there before this process is hashed whole before its first use; until then its size is all that was looked at.
 */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { readdir, rm, stat, statfs, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { PassportKey, WeightsRef } from '@atelier/contracts';
import type { EngineWeights } from '../engines/engine.js';
import type { Log } from './log.js';
import { checkPassport } from './passport.js';
import { digestOf, download } from './weights-download.js';
import { WeightsFault } from './weights-fault.js';

const DIGEST = /^[0-9a-f]{64}$/;
const FOLDERS_MAX = 64;

interface CachedFile {
  bytes: number;
  usedAt: number;
  /** Its digest was checked in this process. */
  verified: boolean;
}
interface Fetching {
  bytes: number;
  done: number;
  abort: AbortController;
  ended: Promise<void>;
  watchers: Set<(done: number) => void>;
}

export interface HeldWeights extends EngineWeights {
  /** The task is done with it. */
  release: () => void;
}

export class WeightsCache {
  private readonly files = new Map<string, CachedFile>();
  private readonly holders = new Map<string, number>();
  private readonly fetching = new Map<string, Fetching>();
  private keys: readonly PassportKey[] = [];

  private constructor(
    readonly folder: string,
    private readonly maxBytes: number,
    private readonly baseUrl: string,
    private readonly log: Log,
  ) {}

  /** A folder belongs to one process: a second box on the same machine takes the next one beside it. Unfinished downloads are kept and continued. */
  static async open(root: string, maxBytes: number, baseUrl: string, log: Log): Promise<WeightsCache> {
    const cache = new WeightsCache(ownFolder(root), maxBytes, baseUrl, log);
    for (const name of await readdir(cache.folder)) {
      const found = DIGEST.test(name) ? await stat(join(cache.folder, name)).catch(() => null) : null;
      if (found?.isFile()) cache.files.set(name, { bytes: found.size, usedAt: found.mtimeMs, verified: false });
    }
    return cache;
  }

  /** Leaves the folder to the next process. */
  close(): void {
    for (const { abort } of this.fetching.values()) abort.abort(new Error('the box is closing'));
    rmSync(join(this.folder, 'owner'), { force: true });
  }

  trust(keys: readonly PassportKey[]): void {
    this.keys = keys;
  }

  cached(): string[] {
    return [...this.files.keys()];
  }

  get isFetching(): boolean {
    return this.fetching.size > 0;
  }

  /**
   * The file on disk, fetched when it is not there, kept until released. One download serves all who ask for it at the same time.
   * @throws WeightsFault; rejects with the signal's reason when the task ends before
   */
  async acquire(ref: WeightsRef, signal: AbortSignal, onBytes: (done: number) => void = () => undefined): Promise<HeldWeights> {
    if (!DIGEST.test(ref.digest)) throw new WeightsFault('weights_refused', `The weights ${ref.name} are not named by a SHA-256.`);
    checkPassport(ref, this.keys);
    this.holders.set(ref.digest, (this.holders.get(ref.digest) ?? 0) + 1);
    const release = once(() => this.letGo(ref.digest));
    try {
      while (!(await this.isSound(ref, signal))) await this.fetched(ref, signal, onBytes);
      onBytes(ref.bytes);
      this.touch(ref.digest);
    } catch (error) {
      release();
      throw error;
    }
    const { digest, role, name, format, bytes, vramMb } = ref;
    return { digest, role, name, format, bytes, vramMb, path: join(this.folder, digest), release };
  }

  /** Whether the file lies here and is what the lease says; one that is not is removed. */
  private async isSound({ digest, bytes, name }: WeightsRef, signal: AbortSignal): Promise<boolean> {
    const known = this.files.get(digest);
    if (!known || this.fetching.has(digest)) return false;
    const path = join(this.folder, digest);
    const size = await stat(path).then(
      (found) => found.size,
      () => -1,
    );
    if (size === bytes && (known.verified || (await digestOf(path, signal)) === digest)) {
      known.verified = true;
      return true;
    }
    this.log.warn('a file of weights is damaged and is fetched again', { digest, name });
    this.files.delete(digest);
    await rm(path, { force: true });
    return false;
  }

  private async fetched(ref: WeightsRef, signal: AbortSignal, onBytes: (done: number) => void): Promise<void> {
    const shared = this.fetching.get(ref.digest) ?? this.begin(ref);
    // Given up by the last who waited: when it has stopped, the caller begins anew from what it left.
    if (shared.abort.signal.aborted) return shared.ended.catch(() => undefined);
    shared.watchers.add(onBytes);
    onBytes(shared.done);
    let leave: (() => void) | undefined;
    try {
      const left = new Promise<never>((_, reject) => {
        leave = () => reject(signal.reason as Error);
        if (signal.aborted) leave();
        else signal.addEventListener('abort', leave);
      });
      await Promise.race([shared.ended, left]);
    } finally {
      if (leave) signal.removeEventListener('abort', leave);
      shared.watchers.delete(onBytes);
      if (shared.watchers.size === 0) shared.abort.abort(new Error('nobody waits for these weights any more'));
    }
  }

  private begin(ref: WeightsRef): Fetching {
    const abort = new AbortController();
    const fetching: Fetching = { bytes: ref.bytes, done: 0, abort, ended: Promise.resolve(), watchers: new Set() };
    this.fetching.set(ref.digest, fetching);
    fetching.ended = this.fetch(ref, fetching).finally(() => this.fetching.delete(ref.digest));
    fetching.ended.catch(() => undefined);
    return fetching;
  }

  private async fetch(ref: WeightsRef, fetching: Fetching): Promise<void> {
    await this.makeRoom(ref);
    const onBytes = (done: number) => {
      fetching.done = done;
      for (const watcher of fetching.watchers) watcher(done);
    };
    await download({ ref, file: join(this.folder, ref.digest), baseUrl: this.baseUrl, signal: fetching.abort.signal, onBytes });
    this.files.set(ref.digest, { bytes: ref.bytes, usedAt: Date.now(), verified: true });
    this.log.info('weights fetched', { digest: ref.digest, name: ref.name, bytes: ref.bytes });
  }

  /** Removes what was used longest ago until the file fits both the cap and the disk. */
  private async makeRoom({ digest, bytes, name }: WeightsRef): Promise<void> {
    const idle = [...this.files].filter(([known]) => !this.holders.has(known)).sort(([, a], [, b]) => a.usedAt - b.usedAt);
    const kept = await stat(join(this.folder, `${digest}.part`)).then(
      (part) => part.size,
      () => 0,
    );
    for (;;) {
      const planned = [...this.files.values(), ...this.fetching.values()].reduce((sum, file) => sum + file.bytes, 0);
      const disk = await statfs(this.folder);
      if (planned <= this.maxBytes && bytes - kept <= disk.bavail * disk.bsize) return;
      const [oldest] = idle.shift() ?? [];
      if (!oldest) {
        await rm(join(this.folder, `${digest}.part`), { force: true });
        throw new WeightsFault(
          'disk_full',
          `The weights ${name} need ${bytes} bytes, and this box has no room for them beside what its tasks use: raise ATELIER_WEIGHTS_MAX_GB or give it a larger disk.`,
        );
      }
      this.files.delete(oldest);
      await rm(join(this.folder, oldest), { force: true });
      this.log.info('weights removed to make room', { digest: oldest });
    }
  }

  private letGo(digest: string): void {
    const left = (this.holders.get(digest) ?? 1) - 1;
    if (left > 0) this.holders.set(digest, left);
    else this.holders.delete(digest);
  }

  /** The time of use outlives this process as the file's own. */
  private touch(digest: string): void {
    const now = new Date();
    this.files.get(digest)!.usedAt = now.getTime();
    utimes(join(this.folder, digest), now, now).catch(() => undefined);
  }
}

function once(fn: () => void): () => void {
  let called = false;
  return () => {
    if (!called) fn();
    called = true;
  };
}

function ownFolder(root: string): string {
  for (let n = 0; n < FOLDERS_MAX; n++) {
    const folder = join(root, String(n));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (claim(join(folder, 'owner'))) return folder;
  }
  throw new Error(`${FOLDERS_MAX} boxes use ${root} already: give this one another ATELIER_WEIGHTS_DIR.`);
}

/** `wx` lets one process make the mark; a mark whose process is gone is taken over. */
function claim(mark: string): boolean {
  for (let tries = 0; tries < 2; tries++) {
    try {
      const file = openSync(mark, 'wx', 0o600);
      writeSync(file, signOf(process.pid));
      closeSync(file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const written = readText(mark);
    if (written !== '' && isAlive(Number(written.split(' ')[0])) && signOf(Number(written.split(' ')[0])) === written) return false;
    rmSync(mark, { force: true });
  }
  return false;
}

/** Process number and, where the system tells it, when the process started: numbers are used again. */
function signOf(pid: number): string {
  const started = readText(`/proc/${pid}/stat`).split(') ').pop()?.split(' ')[19] ?? '';
  return `${pid} ${started}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
