import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LeasedTask } from '@atelier/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Promotion } from '../../src/fleet/lanes/index.js';
import { LIST_RATE } from '../../src/fleet/pools/index.js';
import { newId } from '../../src/platform/ids/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { FakeBox } from '../support/fake-box.js';
import { clear, row, submit, tenant, until } from './desk.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ ATELIER_LEASE_TTL_MS: '60000', ATELIER_LONG_POLL_MS: '1000', ATELIER_SWEEP_MS: '1000', ATELIER_LOCAL_SLOTS: '4' });
});
afterEach(() => clear(app));
afterAll(() => app?.close());

const ownerOf = async (taskId: string): Promise<string> =>
  (await app.db.sql<{ tenant_id: string }>('SELECT tenant_id FROM task WHERE id = $1', [taskId]))[0]!.tenant_id;

/** Leases and finishes one task after another; returns whose they were. */
async function serve(box: FakeBox, n: number): Promise<string[]> {
  const order: string[] = [];
  while (order.length < n) {
    const task = await box.leaseOne();
    const [found] = await app.db.sql<{ id: string }>(`SELECT id FROM task WHERE box_id IS NOT NULL AND state = 'leased'`);
    order.push(await ownerOf(found!.id));
    await box.complete(task, { outcome: 'failed', error: { class: 'input', code: 'as_the_test_says', message: '' } });
  }
  return order;
}

describe('whose turn it is', () => {
  it("a first job starts with the next turn, after another tenant's thousand (two tickets may be out already)", async () => {
    const [crowd, guest] = [tenant(), tenant()];
    await submit(app, crowd, 1000);
    const box = await FakeBox.start(app);
    await serve(box, 10);
    await submit(app, guest, 1);
    // One box with one task at a time of its four slots: the runway is the free slots and two more.
    expect(await serve(box, 7)).toContain(guest);
  });

  it('tiers share by weight', async () => {
    const tenants = new Map([1, 2, 4, 8].map((weight) => [weight, tenant()]));
    for (const [weight, id] of tenants) await submit(app, id, 80, { tierWeight: weight, estimateMs: 1 });
    const box = await FakeBox.start(app);
    const order = await serve(box, 66);
    const served = (weight: number): number => order.slice(6).filter((id) => id === tenants.get(weight)).length;
    for (const weight of [1, 2, 4, 8]) expect(Math.abs(served(weight) - (60 * weight) / 15)).toBeLessThanOrEqual(2);
  });

  it.each([
    ['failed', (box: FakeBox, task: LeasedTask) => box.fail(task, 'task')],
    ['ran past its time limit', (box: FakeBox, task: LeasedTask) => box.complete(task, { outcome: 'stopped' })],
  ])('an attempt that %s has been served for as long as it took', async (_, end) => {
    const box = await FakeBox.start(app);
    const t = tenant();
    await submit(app, t, 1, { estimateMs: 1, timeLimitMs: 300 });
    const served = async (): Promise<number> => (await app.db.sql<{ f: number }>('SELECT f FROM fair_tenant WHERE tenant_id = $1', [t]))[0]!.f;
    const task = await box.leaseOne();
    const before = await served();
    await sleep(400);
    await end(box, task);
    await until('the correction is folded in', async () => (await served()) - before > 300 * LIST_RATE.CPU, 5000);
  });

  it('a tenant at its running cap waits without holding up others; further tasks of its running job do not wait', async () => {
    const [capped, other] = [tenant(), tenant()];
    const [first, second] = [newId(), newId()];
    await submit(app, capped, 2, { jobId: first, runningCap: 1 });
    const held = await submit(app, capped, 2, { jobId: second, runningCap: 1 });
    const box = await FakeBox.start(app);
    const mine = [await box.leaseOne(), await box.leaseOne()];
    const theirs = await submit(app, other, 1, { runningCap: 1 });
    const { tasks } = await box.lease();
    expect(tasks).toHaveLength(1);
    expect((await row(app, theirs[0]!)).state).toBe('leased');
    for (const id of held) expect((await row(app, id)).state).toBe('ready');
    for (const task of mine) await box.fail(task, 'input');
    await until('the second job runs', async () => (await box.lease()).tasks.length > 0);
  });
});

describe('promotion', () => {
  it('costs by the tenants that wait and not by the backlog: 12,000 tasks of 300 tenants', async () => {
    await submit(app, tenant());
    await app.db.sql(
      `INSERT INTO task (id, tenant_id, job_id, kind, parameters, pool_id, lane_id, state, estimate_ms, time_limit_ms, tier_weight, running_cap, ready_at)
       SELECT gen_random_uuid(), t.id, gen_random_uuid(), 'txt2img', '{}', lane.pool_id, lane.id, 'ready', 1000, 60000, (ARRAY[1, 2, 4, 8])[1 + t.n % 4], 3, now()
       FROM lane, (SELECT gen_random_uuid() AS id, n FROM generate_series(1, 300) n) t, generate_series(1, 40)`,
    );
    await app.db.sql('ANALYZE task');
    const [{ id: laneId }] = (await app.db.sql<{ id: string }>('SELECT id FROM lane')) as [{ id: string }];
    const box = await FakeBox.start(app);
    const times: number[] = [];
    try {
      for (let i = 0; i < 15; i++) {
        await box.fail(await box.leaseOne({ requestId: randomUUID() }), 'input');
        const started = performance.now();
        await app.nest.get(Promotion).promote(laneId);
        times.push(performance.now() - started);
      }
    } finally {
      await app.db.sql(`UPDATE task SET state = 'canceled', finished_at = now() WHERE state IN ('ready', 'queued')`);
    }
    times.sort((a, b) => a - b);
    console.info(`promotion over 12,000 ready tasks of 300 tenants: median ${times[7]!.toFixed(1)} ms`);
    expect(times[7]).toBeLessThan(150);
  });
});
