/** Bytes to and from storage by signed addresses: what comes in is checked against the lease, what goes out was announced before. */
import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import type { TaskInput, UploadGrant } from '@atelier/contracts';
import type { EngineOutput } from '../engines/engine.js';
import { sleep, waitMs, type Backoff } from './backoff.js';
import { withoutQuery } from './log.js';

const BACKOFF: Backoff = { firstMs: 200, mostMs: 3_000 };
const TRIES = 6;
const TRANSFER_TIMEOUT_MS = 120_000;

/** `code`: `input_unavailable`, `input_corrupt`, `upload_refused`, `upload_failed`. */
export class TransferError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** The address was refused (403, 404, 410): a fresh one may do. */
    readonly addressRefused = false,
  ) {
    super(message);
  }
}

export function sha256Of(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** @throws TransferError when size or digest are not those of the lease, or the file stays out of reach. */
export async function fetchInput(input: TaskInput, baseUrl: string, signal: AbortSignal): Promise<Uint8Array> {
  const address = new URL(input.url, baseUrl);
  return retrying(signal, 'input_unavailable', `input ${input.name}`, async (limit) => {
    const response = await fetch(address, { redirect: 'error', signal: limit });
    if (!response.ok)
      throw refusal('input_unavailable', `input ${input.name}: ${withoutQuery(address.href)} answered HTTP ${response.status}`, response.status);
    return verified(input, await bodyOf(response, input.bytes));
  });
}

/** What an output is before it is sent; a file is read piece by piece. */
export async function measured(data: EngineOutput['data']): Promise<{ sha256: string; bytes: number }> {
  if (data instanceof Uint8Array) return { sha256: sha256Of(data), bytes: data.byteLength };
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(data.file) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** Sends exactly the granted headers: the signature covers them. */
export async function uploadOutput(grant: UploadGrant, data: EngineOutput['data'], baseUrl: string, signal: AbortSignal): Promise<void> {
  const address = new URL(grant.url, baseUrl);
  await retrying(signal, 'upload_failed', `output ${grant.slot}`, async (limit) => {
    const response = await fetch(address, {
      method: 'PUT',
      headers: grant.headers,
      body: data instanceof Uint8Array ? new Uint8Array(data) : await openAsBlob(data.file),
      redirect: 'error',
      signal: limit,
    });
    await response.arrayBuffer();
    if (!response.ok) throw refusal('upload_refused', `output ${grant.slot}: ${withoutQuery(address.href)} answered HTTP ${response.status}`, response.status);
  });
}

export function verified(input: TaskInput, data: Uint8Array): Uint8Array {
  if (data.byteLength !== input.bytes)
    throw new TransferError('input_corrupt', `input ${input.name} has ${data.byteLength} bytes, the lease says ${input.bytes}`);
  if (sha256Of(data) !== input.sha256.toLowerCase()) throw new TransferError('input_corrupt', `input ${input.name} does not have the SHA-256 the lease names`);
  return data;
}

/** Stops reading as soon as more comes than was announced, so that a wrong file cannot fill the memory. */
async function bodyOf(response: Response, most: number): Promise<Uint8Array> {
  const data = new Uint8Array(most);
  let length = 0;
  for await (const chunk of response.body ?? []) {
    if (length + chunk.byteLength > most) {
      throw new TransferError('input_corrupt', `the file is longer than the ${most} bytes the lease names`);
    }
    data.set(chunk, length);
    length += chunk.byteLength;
  }
  return data.subarray(0, length);
}

async function retrying<T>(signal: AbortSignal, code: string, what: string, once: (limit: AbortSignal) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    try {
      return await once(AbortSignal.any([signal, AbortSignal.timeout(TRANSFER_TIMEOUT_MS)]));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TransferError && error.code !== 'busy') throw error;
      if (tries >= TRIES) throw new TransferError(code, `${what}: ${(error as Error).message}`);
      await sleep(waitMs(BACKOFF, tries), signal);
    }
  }
}

function refusal(code: string, message: string, status: number): TransferError {
  const mayPass = status >= 500 || status === 408 || status === 429;
  return new TransferError(mayPass ? 'busy' : code, message, [401, 403, 404, 410].includes(status));
}
