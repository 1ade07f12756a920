import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { inState, row, submit, tenant, until } from './desk.js';

interface BoxRow {
  id: string;
  pid: number;
  state: string;
}

let app: TestApp;
beforeAll(async () => {
  app = await startApp({
    ATELIER_LOCAL_BOXES: '1',
    ATELIER_LEASE_TTL_MS: '5000',
    ATELIER_HEARTBEAT_MS: '1000',
    ATELIER_LONG_POLL_MS: '5000',
    ATELIER_SWEEP_MS: '500',
    ATELIER_LOCAL_SLOTS: '1',
  });
});
// The last test has closed the program.
afterAll(() => app?.db.drop());

const boxes = (state = 'ready'): Promise<BoxRow[]> => app.db.sql<BoxRow>('SELECT id, pid, state FROM box WHERE state = $1 ORDER BY launched_at', [state]);
const ready = (n: number): Promise<BoxRow[]> => until(`${n} boxes are ready`, async () => ((await boxes()).length === n ? boxes() : undefined), 30_000);

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie has no command line.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
};

const picture = (steps: number): object => ({
  prompt: 'a lighthouse',
  negativePrompt: '',
  width: 64,
  height: 64,
  steps,
  cfgScale: 7,
  sampler: 'euler',
  scheduler: 'normal',
  seed: 1,
  model: 'builtin',
});
const paint = async (steps: number): Promise<string> => (await submit(app, tenant(), 1, { parameters: picture(steps) as Record<string, unknown> }))[0]!;

describe('the local provider', () => {
  it('keeps one box that registers by itself and works', async () => {
    const [box] = await ready(1);
    expect(lives(box!.pid)).toBe(true);
    await inState(app, await paint(2), 'done', 30_000);
  });

  it('gives the box nothing of our environment but where to find programs, and no secret in it or in its command line', async () => {
    const [box] = await ready(1);
    const names = readFileSync(`/proc/${box!.pid}/environ`, 'utf8')
      .split('\0')
      .filter(Boolean)
      .map((entry) => entry.split('=')[0]!);
    expect(names.filter((name) => /DATABASE|REDIS|PASSWORD|SECRET|NONCE|STORAGE|SMTP|OPERATOR/.test(name))).toEqual([]);
    const [{ instance_id: instanceId }] = (await app.db.sql<{ instance_id: string }>('SELECT instance_id FROM box WHERE id = $1', [box!.id])) as [
      { instance_id: string },
    ];
    expect(readFileSync(`/proc/${box!.pid}/cmdline`, 'utf8').split('\0').slice(2)).toEqual(['run', instanceId, '']);
  });

  it('a box that is killed under a task is replaced, and the task is done under a new attempt, without waiting for its lease', async () => {
    const [box] = await ready(1);
    const id = await paint(150);
    await until('it runs', async () => ['leased', 'running'].includes((await row(app, id)).state));
    const killedAt = performance.now();
    process.kill(box!.pid, 'SIGKILL');
    const back = await until('it is given back', async () => {
      const found = await row(app, id);
      return (found.suspect_losses === 1 || found.state === 'done') && found;
    });
    if (back.state !== 'done') expect(performance.now() - killedAt).toBeLessThan(4500);
    await inState(app, id, 'done', 40_000);
    expect((await ready(1))[0]!.pid).not.toBe(box!.pid);
  });

  it('starts one more by hand, and ends it by hand', async () => {
    await ready(1);
    const api = app.api(app.operator.token);
    const { body: started } = (await api.post('/fleet/boxes').send({ pool: 'local' }).expect(202)) as { body: { id: string; state: string } };
    expect(started.state).toBe('booting');
    const extra = (await ready(2))[1]!;
    await api.post(`/fleet/boxes/${started.id}/stop`).expect(202);
    await until('its process has ended', async () => !lives(extra.pid), 20_000);
    await ready(1);
    await api.post(`/fleet/boxes/${started.id}/stop`).expect(409);
  });

  it('every second of its boxes, also of the killed one and of the one that was asked to stop, is in one class, and the six add up to their lives', async () => {
    const api = app.api(app.operator.token);
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const report = async (by: string) => (await api.get(`/operator/box-hours?from=${yesterday}&groupBy=${by}`).expect(200)).body;
    const { totals, boxes: count, data } = await report('pool');
    const { lifetime, ...classes } = totals.seconds as Record<string, number> & { lifetime: number };
    expect(count).toBeGreaterThanOrEqual(3);
    const lived = await app.db.sql<{ s: number }>('SELECT sum(extract(epoch FROM coalesce(ended_at, now()) - launched_at))::float8 AS s FROM box');
    expect(Math.abs(lifetime / lived[0]!.s - 1)).toBeLessThan(0.01);
    expect(Math.abs(Object.values(classes).reduce((a, b) => a + b, 0) / lifetime - 1)).toBeLessThan(0.01);
    for (const of of ['work', 'boot', 'idle', 'drain', 'wasted']) expect(classes[of], of).toBeGreaterThan(0);
    expect(data).toMatchObject([{ label: 'local', seconds: totals.seconds }]);
    // The other way to the same figures: box by box, from the sums that were kept while they lived.
    const { seconds } = (await api.get('/fleet/metrics').expect(200)).body;
    for (const of of ['work', 'load', 'boot', 'idle', 'drain', 'wasted']) expect(Math.abs(seconds[of] - classes[of]!), of).toBeLessThan(0.01 * lifetime + 1);
    for (const by of ['day', 'class']) expect(BigInt((await report(by)).totals.costMicros.total) > 0n).toBe(true);
  });

  it('ends its boxes with us, and they say goodbye first', async () => {
    const [box] = await ready(1);
    const { db } = app;
    await app.nest.close();
    expect(lives(box!.pid)).toBe(false);
    expect(await db.sql('SELECT state, state_reason FROM box WHERE id = $1', [box!.id])).toEqual([{ state: 'gone', state_reason: 'released' }]);
  });
});
