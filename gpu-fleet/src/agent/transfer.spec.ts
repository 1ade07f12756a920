import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchInput, sha256Of, TransferError, uploadOutput, verified } from './transfer.js';

const data = Buffer.from('a picture, say');
const input = { name: 'image', url: '/files/a?signature=secret', sha256: sha256Of(data), bytes: data.length, contentType: 'image/png' };
let server: Server;
let base: string;
let answers: { status: number; body?: Buffer }[] = [];
let received: { method: string; headers: Record<string, unknown>; body: Buffer }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ method: request.method!, headers: request.headers, body: Buffer.concat(chunks) });
      const { status, body } = answers.length > 1 ? answers.shift()! : answers[0]!;
      response.writeHead(status).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const fetching = (...given: typeof answers) => {
  answers = given;
  received = [];
  return fetchInput(input, base, new AbortController().signal);
};
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (e: unknown) => (e as TransferError).code,
  );

describe('inputs', () => {
  it('are what the lease says, to the byte', async () => {
    expect(Buffer.from(await fetching({ status: 200, body: data }))).toEqual(data);
    expect(await codeOf(fetching({ status: 200, body: Buffer.from('A picture, say') }))).toBe('input_corrupt');
    expect(await codeOf(fetching({ status: 200, body: data.subarray(1) }))).toBe('input_corrupt');
    expect(await codeOf(fetching({ status: 200, body: Buffer.alloc(5_000_000) }))).toBe('input_corrupt');
    expect(() => verified({ ...input, sha256: input.sha256.toUpperCase() }, data)).not.toThrow();
  });

  it('are asked for again after a passing fault, not after a refusal', async () => {
    expect(Buffer.from(await fetching({ status: 503 }, { status: 500 }, { status: 200, body: data }))).toEqual(data);
    expect(received).toHaveLength(3);
    expect(await codeOf(fetching({ status: 403 }))).toBe('input_unavailable');
    expect(received).toHaveLength(1);
  });

  it('never show the signature in an error', async () => {
    const error = await fetching({ status: 403 }).catch((e: Error) => e.message);
    expect(error).toContain('/files/a answered HTTP 403');
    expect(error).not.toContain('secret');
  });

  it('stop at once when the task is aborted', async () => {
    const abort = new AbortController();
    answers = [{ status: 503 }];
    const pending = fetchInput(input, base, abort.signal);
    setTimeout(() => abort.abort(new Error('superseded')), 50);
    await expect(pending).rejects.toThrow('superseded');
  });
});

describe('outputs', () => {
  it('go out with exactly the granted headers', async () => {
    answers = [{ status: 200 }];
    received = [];
    const grant = { slot: 'image', key: 'k', url: `${base}/put?x=1`, headers: { 'content-type': 'image/png', 'x-amz-checksum-sha256': 'abc' } };
    await uploadOutput(grant, data, base, new AbortController().signal);
    expect(received[0]).toMatchObject({ method: 'PUT', headers: { ...grant.headers, 'content-length': String(data.length) } });
    expect(received[0]!.body).toEqual(data);
  });

  it('tell an expired address from other refusals', async () => {
    const grant = { slot: 'image', key: 'k', url: `${base}/put`, headers: {} };
    answers = [{ status: 403 }];
    await expect(uploadOutput(grant, data, base, new AbortController().signal)).rejects.toMatchObject({ code: 'upload_refused', addressRefused: true });
    answers = [{ status: 422 }];
    await expect(uploadOutput(grant, data, base, new AbortController().signal)).rejects.toMatchObject({ code: 'upload_refused', addressRefused: false });
  });
});
