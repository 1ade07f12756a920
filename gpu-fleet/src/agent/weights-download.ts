/** One file of weights from storage to disk: what came before is kept and continued, the digest is computed while it streams, the file appears whole or not at all. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { WeightsRef } from '@atelier/contracts';
import { sleep, waitMs, type Backoff } from './backoff.js';
import { withoutQuery } from './log.js';
import { WeightsFault } from './weights-fault.js';

const BACKOFF: Backoff = { firstMs: 200, mostMs: 5_000 };
/** Failures in a row without a byte of progress after which the storage counts as out of reach. */
const TRIES = 6;
/** A connection that brings nothing for so long is dead. */
const STALL_MS = 30_000;

export interface Download {
  ref: WeightsRef;
  /** Where the finished file goes; the unfinished one lies beside it as `<file>.part`. */
  file: string;
  baseUrl: string;
  signal: AbortSignal;
  onBytes: (done: number) => void;
}

/** @throws WeightsFault; an abort rejects with its reason and leaves the part for the next time */
export async function download({ ref, file, baseUrl, signal, onBytes }: Download): Promise<void> {
  const part = `${file}.part`;
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    const before = await sizeOf(part);
    try {
      await attempt(ref, part, new URL(ref.url, baseUrl), signal, onBytes);
      await rename(part, file);
      return await syncFolder(dirname(file));
    } catch (error) {
      signal.throwIfAborted();
      const fault = asFault(error);
      if (fault) {
        await rm(part, { force: true });
        throw fault;
      }
      if ((await sizeOf(part)) > before) tries = 0;
      if (tries >= TRIES) throw new WeightsFault('weights_unavailable', `The weights ${ref.name} could not be fetched: ${(error as Error).message}`);
      await sleep(waitMs(BACKOFF, Math.max(1, tries)), signal);
    }
  }
}

/** SHA-256 of a file, read piece by piece. */
export async function digestOf(file: string, signal?: AbortSignal): Promise<string> {
  return (await hashed(file, createHash('sha256'), signal)).digest('hex');
}

async function attempt(ref: WeightsRef, part: string, address: URL, signal: AbortSignal, onBytes: (done: number) => void): Promise<void> {
  const kept = Math.min(await sizeOf(part), ref.bytes);
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(new Error(`no byte came for ${STALL_MS / 1000} s`)), STALL_MS);
  try {
    const response = kept < ref.bytes ? await fetchFrom(address, kept, AbortSignal.any([signal, stall.signal])) : null;
    // A storage that does not continue sends the whole file: then we begin anew.
    const from = response === null || response.status === 206 ? kept : 0;
    const hash = createHash('sha256');
    const handle = await open(part, from > 0 ? 'r+' : 'w', 0o600);
    try {
      if (from > 0) await hashed(part, hash, signal, from);
      await handle.truncate(from);
      await append(handle, response, { from, most: ref.bytes, hash, name: ref.name, onBytes: (done) => (timer.refresh(), onBytes(done)) });
      await handle.chmod(0o444);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (hash.digest('hex') !== ref.digest) throw new WeightsFault('weights_corrupt', `The weights ${ref.name} do not have the SHA-256 that the lease names.`);
  } finally {
    clearTimeout(timer);
  }
}

async function fetchFrom(address: URL, from: number, signal: AbortSignal): Promise<Response> {
  const response = await fetch(address, { headers: from > 0 ? { range: `bytes=${from}-` } : {}, redirect: 'error', signal });
  if (response.ok && (response.status !== 206 || response.headers.get('content-range')?.startsWith(`bytes ${from}-`))) return response;
  await response.body?.cancel();
  const what = `${withoutQuery(address.href)} answered HTTP ${response.status}`;
  if (response.status >= 500 || response.status === 408 || response.status === 429) throw new Error(what);
  throw new WeightsFault('weights_unavailable', `The weights could not be fetched: ${what}`);
}

interface Appending {
  from: number;
  most: number;
  hash: Hash;
  name: string;
  onBytes: (done: number) => void;
}

/** Stops as soon as more comes than was announced, so that a wrong file cannot fill the disk. */
async function append(handle: FileHandle, response: Response | null, { from, most, hash, name, onBytes }: Appending): Promise<void> {
  let done = from;
  onBytes(done);
  for await (const chunk of response?.body ?? []) {
    if (done + chunk.byteLength > most)
      throw new WeightsFault('weights_corrupt', `The weights ${name} are longer than the ${most} bytes that the lease names.`);
    for (let written = 0; written < chunk.byteLength;) written += (await handle.write(chunk, written, chunk.byteLength - written, done + written)).bytesWritten;
    hash.update(chunk);
    done += chunk.byteLength;
    onBytes(done);
  }
  if (done < most) throw new Error(`the connection ended after ${done} of ${most} bytes`);
}

async function hashed(file: string, hash: Hash, signal?: AbortSignal, bytes?: number): Promise<Hash> {
  const stream = createReadStream(file, { highWaterMark: 1 << 20, ...(bytes === undefined ? {} : { end: bytes - 1 }), ...(signal ? { signal } : {}) });
  for await (const chunk of stream as AsyncIterable<Buffer>) hash.update(chunk);
  return hash;
}

function asFault(error: unknown): WeightsFault | null {
  if (error instanceof WeightsFault) return error;
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? ''))
    return new WeightsFault(
      'disk_full',
      'The disk of this box is full: free some of it, lower ATELIER_WEIGHTS_MAX_GB, or move ATELIER_WEIGHTS_DIR to a larger disk.',
    );
  return null;
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

/** Makes the new name durable; where a folder cannot be opened (Windows) the file system does it in its own time. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
