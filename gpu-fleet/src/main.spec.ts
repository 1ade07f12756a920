/** The process itself, compiled: exit codes, secrets on standard input, signals. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

function start(
  env: Record<string, string>,
  stdin = '',
  parameters: string[] = [],
): { child: ChildProcess; ended: Promise<{ code: number | null; out: string; err: string }> } {
  const child = spawn(process.execPath, [MAIN, ...parameters], { env: { PATH: process.env.PATH, ...env } });
  let out = '',
    err = '';
  child.stdout.on('data', (text) => (out += String(text)));
  child.stderr.on('data', (text) => (err += String(text)));
  child.stdin.end(stdin);
  return { child, ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err }))) };
}

/** Answers every call of the protocol with what `answer` says of it. */
async function server(
  answer: (call: string, body: Record<string, unknown>) => { status: number; body: unknown } | Promise<{ status: number; body: unknown }>,
): Promise<string> {
  const made = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', async () => {
      const { status, body } = await answer(request.url!.split('/').pop()!, JSON.parse(text) as Record<string, unknown>);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  servers.push(made);
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

const registered = { status: 200, body: { boxId: 'box_1', token: 't', tokenTtlMs: 900_000, heartbeatMs: 200, leaseTtlMs: 3_000, longPollMs: 500, slots: 1 } };
const LINE = '{"bootstrapSecret":"boot-secret","nonce":"nonce-secret"}\n';

describe('the process', () => {
  it('explains itself, and shows its machine as JSON', async () => {
    expect((await start({}, '', ['--help']).ended).out).toContain('ATELIER_CREDENTIALS');
    const { code, out } = await start({}, '', ['probe', '--json']).ended;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ gpu: { class: expect.any(String), name: expect.any(String) }, health: { vramUsedMb: expect.any(Number) } });
  });

  it('refuses wrong settings with exit code 2 and a sentence each', async () => {
    const { code, err } = await start({ ATELIER_URL: 'ftp://x' }).ended;
    expect(code).toBe(2);
    expect(err).toMatch(/^ATELIER_URL is not an http\(s\) address.*\nATELIER_BOOTSTRAP_SECRET is missing.*\nATELIER_NONCE is missing/);
  });

  it('registers with the secrets from standard input, shows its status on loopback, and releases on SIGTERM with exit code 0', async () => {
    const heard: [string, Record<string, unknown>][] = [];
    const url = await server(async (call, body) => {
      heard.push([call, body]);
      if (call === 'register') return registered;
      if (call === 'lease') await new Promise((resolve) => setTimeout(resolve, 500));
      return { status: 200, body: { tasks: [], drain: false, released: [] } };
    });
    const port = 20_000 + (process.pid % 20_000);
    const { child, ended } = start({ ATELIER_URL: url, ATELIER_CREDENTIALS: 'stdin', ATELIER_INSTANCE_ID: 'i-7', ATELIER_STATUS_PORT: String(port) }, LINE, [
      'run',
      'i-7',
    ]);
    while (!heard.some(([call]) => call === 'heartbeat')) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard[0]).toEqual([
      'register',
      expect.objectContaining({
        bootstrapSecret: 'boot-secret',
        proof: { kind: 'local', nonce: 'nonce-secret' },
        instanceId: 'i-7',
        gpu: expect.objectContaining({ class: 'CPU', vramMb: 0 }),
      }),
    ]);
    const status = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    expect(JSON.parse(status)).toMatchObject({ boxId: 'box_1', state: 'ready', running: [] });
    child.kill('SIGTERM');
    const { code, err } = await ended;
    expect(code).toBe(0);
    expect(heard.at(-1)).toEqual(['release', { reason: 'sigterm', tasks: [], final: true }]);
    for (const secret of ['boot-secret', 'nonce-secret']) expect(err + status).not.toContain(secret);
  });

  it('ends with exit code 3 when the server refuses the box', async () => {
    const url = await server(() => ({ status: 401, body: { code: 'registration_refused', detail: 'The nonce was used before.' } }));
    const { code, err } = await start({ ATELIER_URL: url, ATELIER_CREDENTIALS: 'stdin' }, LINE).ended;
    expect(code).toBe(3);
    expect(err).toContain('The nonce was used before.');
  });
});
