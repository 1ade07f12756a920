import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Promotion } from '../../src/fleet/lanes/index.js';
import { Pools } from '../../src/fleet/pools/index.js';
import { newId } from '../../src/platform/ids/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { tenant } from './desk.js';

let app: TestApp;
let lanes: { id: string; pool: string }[];

beforeAll(async () => {
  app = await startApp({ ATELIER_SWEEP_MS: '60000' });
  for (const name of ['east', 'west', 'south']) await app.api(app.operator.token).post('/fleet/pools').send({ name, class: 'T4', max: 1 }).expect(201);
  lanes = [];
  for (const { id: pool } of await app.db.sql<{ id: string }>('SELECT id FROM pool'))
    for (const base of ['sd15', 'sdxl']) {
      const [lane] = await app.db.sql<{ id: string }>('SELECT ensure_lane($1, $2, $3) AS id', [newId(), pool, base]);
      lanes.push({ id: lane!.id, pool });
    }
  for (const { id } of lanes) await app.nest.get(Pools).findLane(id);
});
afterAll(() => app?.close());

/** Ready tasks, round robin over the lanes; `jobs[i]` is the job of the i-th. */
const ready = (tenantId: string, jobs: readonly string[], cap: number): Promise<object[]> =>
  app.db.sql(
    `INSERT INTO task (id, tenant_id, job_id, engine, kind, parameters, pool_id, lane_id, state, estimate_ms, time_limit_ms, tier_weight, running_cap, ready_at)
     SELECT gen_random_uuid(), $1, job, 'builtin', 'txt2img', '{}', pool, lane, 'ready', 1000, 60000, 1, $5, now() FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS t(job, pool, lane)`,
    [tenantId, jobs, jobs.map((_, i) => lanes[i % lanes.length]!.pool), jobs.map((_, i) => lanes[i % lanes.length]!.id), cap],
  );
const promoteAll = (): Promise<unknown> => Promise.all(lanes.map(({ id }) => app.nest.get(Promotion).promote(id)));
const withTicket = (tenantId: string): Promise<{ id: string; job_id: string }[]> =>
  app.db.sql(`SELECT id, job_id FROM task WHERE tenant_id = $1 AND state = 'queued'`, [tenantId]);
const end = (ids: readonly string[]): Promise<object[]> => app.db.sql(`UPDATE task SET state = 'done', finished_at = now() WHERE id = ANY($1)`, [ids]);

describe('running jobs of a tenant', () => {
  it('are never more than its plan allows, over all pools at once', async () => {
    for (let round = 0; round < 12; round++) {
      const [one, three] = [tenant(), tenant()];
      await ready(
        one,
        Array.from({ length: 16 }, () => newId()),
        1,
      );
      await ready(
        three,
        Array.from({ length: 16 }, () => newId()),
        3,
      );
      await promoteAll();
      expect([(await withTicket(one)).length, (await withTicket(three)).length]).toEqual([1, 3]);
      await app.db.sql(`UPDATE task SET state = 'canceled', finished_at = now() WHERE state IN ('ready', 'queued')`);
    }
  });

  it('are all served in the end', async () => {
    const t = tenant();
    await ready(
      t,
      Array.from({ length: 20 }, () => newId()),
      3,
    );
    const served = new Set<string>();
    for (let i = 0; i < 30 && served.size < 20; i++) {
      await promoteAll();
      const tickets = await withTicket(t);
      expect(tickets.length).toBeLessThanOrEqual(3);
      for (const { id } of tickets) served.add(id);
      await end(tickets.map(({ id }) => id));
    }
    expect(served.size).toBe(20);
  });

  it('keep their place while their next task waits: no other job comes between', async () => {
    const t = tenant();
    const [first, second] = [newId(), newId()];
    await ready(t, [first, first, first], 1);
    await promoteAll();
    const begun = await withTicket(t);
    expect(new Set(begun.map(({ job_id }) => job_id))).toEqual(new Set([first]));
    // All of the first job's tickets are used up, one of its tasks waits again (a lost box), and another job arrives.
    const [again] = begun;
    await end(begun.slice(1).map(({ id }) => id));
    await app.db.sql(`UPDATE task SET state = 'ready', not_before = now() + interval '1 hour' WHERE id = $1`, [again!.id]);
    await ready(t, [second], 1);
    await promoteAll();
    expect(await withTicket(t)).toEqual([]);
    await end([again!.id]);
    await promoteAll();
    expect((await withTicket(t)).map(({ job_id }) => job_id)).toEqual([second]);
  });
});
