import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Boxes } from '../../src/fleet/boxes/index.js';
import { outsideTransaction, rows, SystemTx } from '../../src/platform/database/index.js';
import { parseId, typeId } from '../../src/platform/ids/index.js';
import { Probes } from '../../src/platform/telemetry/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { FakeBox, tinyPng } from '../support/fake-box.js';
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

describe('the hours of the boxes', () => {
  const ask = async (path: string) => (await app.api(app.operator.token).get(path).expect(200)).body;

  it('are cut at midnight and where a rate changes, and each second has the price of its time', async () => {
    const box = await FakeBox.start(app);
    const here = [parseId('box', box.boxId)];
    await app.db.sql(
      `INSERT INTO rate_card (gpu_class, capacity, effective_from, usd_micros_per_hour) VALUES ('CPU', 'on_demand', '2026-03-11T00:30Z', 80000)`,
    );
    const attempts = await submit(app, tenant());
    await box.finish(await box.leaseOne());
    await app.nest.get(Boxes).ended(here[0]!, 'test over', { ourOutage: true });
    await app.db.sql(
      `UPDATE box SET launched_at = '2026-03-10T22:00Z', registered_at = '2026-03-10T22:10Z', drain_at = '2026-03-11T01:00Z', last_heartbeat_at = '2026-03-11T01:45Z',
         ended_at = '2026-03-11T02:00Z' WHERE id = $1`,
      here,
    );
    // One hour over midnight, 48 minutes of it work.
    await app.db.sql(
      `UPDATE task_attempt SET leased_at = '2026-03-10T23:30Z', ended_at = '2026-03-11T00:30Z', load_ms = 360000, work_ms = 2880000, share_ppm = 1000000 WHERE task_id = $1`,
      attempts,
    );
    const { data, totals, boxes } = await ask('/operator/box-hours?from=2026-03-09&to=2026-03-11');
    expect(boxes).toBe(1);
    const seconds = data.map((row: { seconds: object }) => row.seconds);
    expect(seconds).toEqual([
      { work: 0, load: 0, boot: 0, idle: 0, drain: 0, wasted: 0, lifetime: 0 },
      { work: 1440, load: 180, boot: 600, idle: 4980, drain: 0, wasted: 0, lifetime: 7200 },
      { work: 1440, load: 180, boot: 0, idle: 1980, drain: 2700, wasted: 900, lifetime: 7200 },
    ]);
    // 48 and 6 minutes at 4 cents an hour; idle half an hour at 8; drain and silence at 8.
    expect(data[2].costMicros).toEqual({ work: '16000', load: '2000', boot: '0', idle: '42000', drain: '60000', wasted: '20000', total: '140000' });
    expect(totals.costMicros.total).toBe('220000');
    const classes = await ask('/operator/box-hours?from=2026-03-09&to=2026-03-11&groupBy=class');
    expect(classes.data).toMatchObject([{ key: 'CPU/on_demand', label: 'CPU, on demand', seconds: { lifetime: 14_400 }, costMicros: { total: '220000' } }]);
    await app.api(app.operator.token).get('/operator/box-hours?from=2026-03-12&to=2026-03-11').expect(422);
  });

  it('beside all work are parts of who worked, by load and work; what nobody worked beside is nobody’s; nothing is lost', async () => {
    const [ada, ben] = [tenant(), tenant()];
    const box = await FakeBox.start(app);
    const here = parseId('box', box.boxId);
    await app.db.sql(`UPDATE box SET launched_at = now() - interval '2 hours', registered_at = now() - interval '110 minutes' WHERE id = $1`, [here]);
    for (const [who, minutes] of [
      [ada, 45],
      [ben, 15],
    ] as const) {
      await submit(app, who);
      const task = await box.leaseOne();
      // What each of them did lies beside what the other did.
      await app.db.sql(`UPDATE task_attempt SET leased_at = now() - make_interval(mins => $2) WHERE box_id = $1 AND ended_at IS NULL`, [here, minutes]);
      await box.complete(task, { outputs: [await box.upload(task, tinyPng())], meter: { loadMs: 0, workMs: minutes * 60_000 } });
      if (who === ada)
        await app.db.sql(`UPDATE task_attempt SET leased_at = leased_at - interval '1 hour', ended_at = ended_at - interval '1 hour' WHERE box_id = $1`, [
          here,
        ]);
    }
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const { totals } = await ask(`/operator/box-hours?from=${yesterday}`);
    const overhead = BigInt(totals.costMicros.boot) + BigInt(totals.costMicros.idle) + BigInt(totals.costMicros.drain);
    for (const by of ['tenant', 'class', 'job']) {
      const margins = await ask(`/operator/margins?from=${yesterday}&groupBy=${by}`);
      const parts = margins.data.map((row: { overheadMicros: string }) => BigInt(row.overheadMicros));
      const sum = parts.reduce((a: bigint, b: bigint) => a + b, 0n);
      expect(String(sum)).toBe(margins.totals.overheadMicros);
      // Time runs on between the two reports, and a lost second of other tests is waste, not idling.
      expect(Math.abs(Number(sum + BigInt(margins.unattributedMicros)) / Number(overhead) - 1)).toBeLessThan(0.05);
      expect(BigInt(margins.totals.fullMarginMicros)).toBe(BigInt(margins.totals.marginMicros) - sum);
      if (by === 'tenant') {
        const part = (id: string) => Number(margins.data.find(({ key }: { key: string }) => key === typeId('tnt', id)).overheadMicros);
        expect(part(ada) / part(ben)).toBeCloseTo(3, 1);
      }
    }
  });
});
