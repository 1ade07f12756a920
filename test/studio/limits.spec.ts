import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type Person, type TestApp } from '../support/app.js';

const ROOT = join(import.meta.dirname, '../..');
const MINUTE_MS = 60_000;

let app: TestApp;
let second: ChildProcess;
/** Two processes of one installation: the one in here, and one of its own. */
let doors: string[];

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

beforeAll(async () => {
  app = await startApp({ ATELIER_IP_PER_MINUTE: '0' });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  second = spawn(process.execPath, ['dist/main.js', '--json'], {
    cwd: ROOT,
    stdio: 'ignore',
    env: { ...process.env, PORT: String(port), PUBLIC_URL: url, ATELIER_ROLE: 'api' },
  });
  for (const deadline = Date.now() + 40_000; ; await sleep(100)) {
    if ((await fetch(`${url}/health/live`).catch(() => null))?.ok) break;
    if (second.exitCode !== null || Date.now() > deadline) throw new Error('the second process did not come up');
  }
  doors = [app.url, url];
}, 60_000);
afterAll(async () => {
  second?.kill('SIGTERM');
  await app?.close();
});

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}
async function send(door: string, person: Person, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await fetch(`${door}/api/v1${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${person.token}`, ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}
/** `each` requests at each door, all at once. */
const fire = (each: number, act: (door: string, i: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(doors.flatMap((door, d) => Array.from({ length: each }, (_, i) => act(door, d * each + i))));
const passed = (answers: readonly Answer[]): number => answers.filter(({ status }) => status < 300).length;
const prompt = { prompt: 'a lighthouse', width: 64, height: 64, steps: 1 };

describe('limits of a plan, over two processes', () => {
  it('of calls a minute let a burst of N and what drains meanwhile through', async () => {
    const person = await app.register();
    const startedAt = performance.now();
    const answers = await fire(150, (door) => send(door, person, '/users/me'));
    const atMost = Math.ceil(100 * (1 + (performance.now() - startedAt) / MINUTE_MS));
    expect(passed(answers)).toBeGreaterThanOrEqual(100);
    expect(passed(answers)).toBeLessThanOrEqual(atMost);
    const refused = answers.find(({ status }) => status === 429)!;
    expect(refused.body).toMatchObject({ code: 'rate_limited', retryable: true, 'violated-policies': ['api'] });
    expect(refused.headers.get('ratelimit-policy')).toBe('"api";q=100;w=60');
    expect(refused.headers.get('ratelimit')).toMatch(/^"api";r=0;t=1$/);
    expect(refused.headers.get('retry-after')).toBe('1');
  });

  it('of generations an hour let exactly N through, and a repeated Idempotency-Key counts once', async () => {
    const person = await app.register();
    const twins = await fire(4, (door) => send(door, person, '/generate/txt2img', prompt, { 'idempotency-key': 'the-same' }));
    expect(new Set(twins.map(({ status, body }) => `${status} ${String(body['id'])}`)).size).toBe(1);
    const answers = await fire(20, (door) => send(door, person, '/generate/txt2img', prompt));
    expect(passed(answers)).toBe(9);
    expect(answers.find(({ status }) => status === 429)!.headers.get('ratelimit')).toMatch(/"generations";r=0;t=\d+/);
    const again = await send(doors[1]!, person, '/generate/txt2img', prompt, { 'idempotency-key': 'the-same' });
    expect([again.status, again.body['id'], again.headers.get('idempotent-replayed')]).toEqual([202, twins[0]!.body['id'], 'true']);
  });

  it('a job that is refused for want of credits is no generation', async () => {
    const person = await app.register();
    const dear = { ...prompt, width: 512, height: 512, steps: 150, batchSize: 8, batchCount: 4 };
    for (let i = 0; i < 12; i++) expect((await send(doors[i % 2]!, person, '/generate/txt2img', dear)).status).toBe(402);
    expect((await send(doors[0]!, person, '/generate/txt2img', prompt)).headers.get('ratelimit')).toContain('"generations";r=9');
  });

  it('of videos a period let exactly N through; one that was cancelled in time does not count', async () => {
    const person = await app.register();
    await app.setPlan(person.tenantId, 'standard');
    const file = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'teal' } })
      .png()
      .toBuffer();
    const { body: picture } = await app.api(person.token).post('/assets').attach('file', file, { filename: 'a.png', contentType: 'image/png' });
    const video = (door: string): Promise<Answer> => send(door, person, '/generate/video', { image: picture.id as string });
    const answers = await fire(10, video);
    expect(passed(answers)).toBe(10);
    const refused = answers.filter(({ status }) => status === 403);
    expect(refused).toHaveLength(10);
    expect(refused[0]!.body).toMatchObject({ code: 'plan_required', limit: 'videosPerMonth', allowed: 10, plan: 'Standard', planRequired: 'Pro' });
    expect(Date.parse(refused[0]!.body['resetsAt'] as string)).toBeGreaterThan(Date.now());
    const [job] = answers.filter(({ status }) => status === 202);
    await app
      .api(person.token)
      .delete(`/jobs/${String(job!.body['id'])}`)
      .expect(202);
    for (let i = 0; i < 50 && (await send(app.url, person, `/jobs/${String(job!.body['id'])}`)).body['status'] !== 'canceled'; i++) await sleep(100);
    expect(passed(await fire(2, video))).toBe(1);
  });
});
