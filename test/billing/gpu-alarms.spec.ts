import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GpuAlarmWatch } from '../../src/billing/gpu-alarms/index.js';
import { newId, parseId, typeId } from '../../src/platform/ids/index.js';
import { eventually } from '../accounts/people.js';
import { startApp, type TestApp } from '../support/app.js';

describe('alarms on GPU hours', () => {
  let app: TestApp;
  const pool = newId();
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());
  const asOperator = () => app.api(app.operator.token);
  /** Attempts that ended now. */
  const work = (tenantId: string, poolId: string, hours: number, line = 'gpu'): Promise<unknown> =>
    app.db.sql(
      `INSERT INTO usage_attempt (tenant_id, task_id, attempt, job_id, box_id, pool_id, line, gpu_class, capacity, outcome, load_ms, work_ms, wasted_ms, share_ppm, occupied_us,
         rate_micros_per_hour, cost_micros, absorbed_micros, operation, started_at, ended_at)
       VALUES ($1, $2, 1, $2, $2, $3, $4, 'A10G', 'spot', 'done', 0, $5::bigint * 3600000, 0, 1000000, $5::bigint * 3600000000, 0, 0, 0, 'txt2img', now(), now())`,
      [tenantId, newId(), poolId, line, hours],
    );
  const mails = async (name: string): Promise<string[]> =>
    (await app.db.sql<{ subject: string }>('SELECT subject FROM mail_message WHERE subject LIKE $1 ORDER BY subject', [`%“${name}”%`])).map(
      ({ subject }) => subject,
    );

  it('tell operators once of each threshold, of the house, a pool and a tenant, within ten seconds, whoever else looks', async () => {
    const tenant = await app.register('Tess');
    const make = (body: object) =>
      asOperator()
        .post('/operator/gpu-alarms')
        .send({ period: 'month', hours: 10, ...body })
        .expect(201);
    const { body: house } = await make({ name: 'House', scope: 'house', thresholds: [100, 50] });
    expect(house).toMatchObject({ subjectId: null, thresholds: [50, 100], worked: '0', told: [] });
    await make({ name: 'Pool', scope: 'pool', subjectId: typeId('pool', pool) });
    await make({ name: 'Tess', scope: 'tenant', subjectId: tenant.tenantId, thresholds: [80] });
    const tenantId = parseId('tnt', tenant.tenantId);
    await work(tenantId, pool, 5);
    await work(newId(), newId(), 1);
    await work(tenantId, pool, 90, 'cpu');
    // Nobody is asked to look: the sweep does.
    await eventually(
      () => mails('Pool'),
      (found) => found.length > 0,
      10_000,
    );
    await Promise.all(Array.from({ length: 4 }, () => app.nest.get(GpuAlarmWatch).raise()));
    expect(await mails('House')).toEqual(['GPU hours: “House” is at 50 %']);
    expect(await mails('Pool')).toEqual(['GPU hours: “Pool” is at 50 %']);
    expect(await mails('Tess')).toEqual([]);
    await work(tenantId, newId(), 4);
    await Promise.all(Array.from({ length: 4 }, () => app.nest.get(GpuAlarmWatch).raise()));
    expect(await mails('House')).toEqual(['GPU hours: “House” is at 100 %', 'GPU hours: “House” is at 50 %']);
    expect(await mails('Pool')).toEqual(['GPU hours: “Pool” is at 50 %']);
    expect(await mails('Tess')).toEqual(['GPU hours: “Tess” is at 80 %']);
    const { data } = (await asOperator().get('/operator/gpu-alarms').expect(200)).body;
    expect(data.map(({ name, worked, told }: Record<string, unknown>) => [name, worked, told])).toEqual([
      ['Tess', '9', [80]],
      ['Pool', '5', [50]],
      ['House', '10', [50, 100]],
    ]);
    await asOperator().delete(`/operator/gpu-alarms/${house.id}`).expect(204);
    await asOperator().delete(`/operator/gpu-alarms/${house.id}`).expect(404);
  });

  it('are refused with every fault when they name nobody, nothing or too much', async () => {
    const ask = async (body: object): Promise<string[]> =>
      (await asOperator().post('/operator/gpu-alarms').send(body).expect(422)).body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(await ask({ name: '', scope: 'planet', period: 'year', hours: 0.5, thresholds: [0] })).toEqual(
      expect.arrayContaining(['/name', '/scope', '/period', '/hours', '/thresholds']),
    );
    const one = { name: 'One', period: 'day', hours: 1 };
    expect(await ask({ ...one, scope: 'house', subjectId: typeId('pool', pool) })).toEqual(['/subjectId']);
    expect(await ask({ ...one, scope: 'pool' })).toEqual(['/subjectId']);
    expect(await ask({ ...one, scope: 'tenant', subjectId: typeId('tnt', newId()) })).toEqual(['/subjectId']);
  });
});
