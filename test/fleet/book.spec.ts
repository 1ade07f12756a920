import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { outsideTransaction, rows, SystemTx } from '../../src/platform/database/index.js';
import { parseId } from '../../src/platform/ids/index.js';
import { Probes } from '../../src/platform/telemetry/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { FakeBox } from '../support/fake-box.js';
import { clear, submit, tenant, until } from './desk.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ ATELIER_LEASE_TTL_MS: '60000', ATELIER_LONG_POLL_MS: '3000', ATELIER_SWEEP_MS: '300', ATELIER_LOCAL_SLOTS: '2' });
});
afterEach(() => clear(app));
afterAll(() => app?.close());

describe('a release', () => {
  it('and a completion of the same box never wait for each other in a circle', async () => {
    const box = await FakeBox.start(app);
    await submit(app, tenant(), 2);
    const tasks = [await box.leaseOne(), await box.leaseOne()].sort((a, b) => (a.taskId < b.taskId ? -1 : 1));
    const here = parseId('box', box.boxId);
    const waiting = (n: number) =>
      until(`${n} wait`, async () => {
        const found = await app.db.sql(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
        return found.length >= n;
      });
    // Those that the database has found and broken.
    const circles = async () =>
      (await app.db.sql<{ deadlocks: string }>('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'))[0]!.deadlocks;
    const before = await circles();
    const system = app.nest.get(SystemTx);
    // While the box's book is held, the release comes to wait for it first, and the completion of its other task second.
    let calls: Promise<unknown>[] = [];
    await app.db.sql('INSERT INTO box_time (box_id) VALUES ($1)', [here]);
    await system.run('hold the book', async (em) => {
      await rows(em, 'SELECT 1 FROM box_time WHERE box_id = $1 FOR UPDATE', [here]);
      calls = [outsideTransaction(() => box.release(tasks))];
      await waiting(1);
      calls.push(outsideTransaction(() => box.complete(tasks[1]!, { outcome: 'stopped' }).catch((error: unknown) => error)));
      await waiting(2);
    });
    const [released, completed] = await Promise.all(calls);
    expect(await circles()).toBe(before);
    expect(released).toEqual({ released: tasks.map((task) => task.taskId) });
    expect(completed).toMatchObject({ status: 409, code: 'superseded' });
  });
});

describe('a box with many slots', () => {
  it('is paid for once: the shares of its tasks add up to its time', async () => {
    const slots = 64;
    await app.db.sql('UPDATE pool SET slots_per_box = $1', [slots]);
    const box = await FakeBox.start(app);
    await app.db.sql('UPDATE pool SET slots_per_box = 2');
    await submit(app, tenant(), slots);
    for (let leased = 0; leased < slots; leased++) await box.leaseOne();
    const here = [parseId('box', box.boxId)];
    await app.db.sql(`UPDATE task_attempt SET leased_at = now() - interval '1 hour' WHERE box_id = $1`, here);
    await box.release([], { final: true });
    const [sums] = await app.db.sql<{ micros: string; ratio: number }>(
      `SELECT sum(u.absorbed_micros) AS micros, (sum(u.wasted_ms * u.share_ppm) / 1e6 / min(t.wasted_ms))::float8 AS ratio
       FROM usage_attempt u JOIN box_time t USING (box_id) WHERE u.box_id = $1`,
      here,
    );
    expect(sums!.ratio).toBeCloseTo(1, 3);
    // An hour of a CPU box is 4 cents.
    expect(Math.abs(Number(sums!.micros) / 40_000 - 1)).toBeLessThan(0.01);
    const broken = (await app.nest.get(Probes).invariants()).filter(({ name, violations }) => violations.length > 0 && name.startsWith('fleet: '));
    expect(broken).toEqual([]);
  });
});
