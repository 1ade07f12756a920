import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ledger, type Dimensions } from '../../src/billing/ledger/index.js';
import { Usage, type Attempt } from '../../src/billing/usage/index.js';
import { POOL_SIZES, TenantTx } from '../../src/platform/database/index.js';
import { newId, parseId, typeId } from '../../src/platform/ids/index.js';
import { Probes } from '../../src/platform/telemetry/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { aHold } from './books.js';

interface Done {
  endedAt: string;
  chargeMilli: bigint;
  operation?: string;
  userId?: string;
  gpuClass?: Attempt['gpuClass'];
  workMs?: number;
}

describe('usage', () => {
  let app: TestApp;
  let tx: TenantTx;
  let ledger: Ledger;
  let usage: Usage;
  let operator: Person;
  let tenantId: string;

  const anAttempt = (jobId: string, change: Partial<Attempt> = {}): Attempt => ({
    tenantId,
    jobId,
    taskId: newId(),
    attempt: 1,
    boxId: newId(),
    poolId: newId(),
    gpuClass: 'A10G',
    capacity: 'on_demand',
    outcome: 'done',
    loadMs: 2000,
    workMs: 7000,
    wastedMs: 0,
    sharePpm: 1_000_000,
    startedAt: new Date('2026-11-01T10:00:00Z'),
    endedAt: new Date('2026-11-01T10:00:10Z'),
    ...change,
  });
  const record = (attempt: Attempt): Promise<void> => tx.run({ tenantId }, (em) => usage.recordAttempt(em, attempt));
  const held = async (change: Partial<Dimensions> = {}): Promise<string> => {
    const hold = aHold(20_000n);
    Object.assign(hold.dimensions, change);
    const [outcome] = await tx.run({ tenantId }, (em) => ledger.holdMany(em, tenantId, [hold]));
    expect(outcome!.ok).toBe(true);
    return hold.jobId;
  };
  /** A job that held, ran once, was charged and ended at a given instant. */
  const job = async ({ endedAt, chargeMilli, operation = 'txt2img', userId = newId(), gpuClass = 'A10G', workMs = 7000 }: Done): Promise<string> => {
    const jobId = await held({ operation, userId, model: 'sd15' });
    await record(anAttempt(jobId, { gpuClass, workMs, loadMs: 0, startedAt: new Date(Date.parse(endedAt) - workMs), endedAt: new Date(endedAt) }));
    await tx.run({ tenantId }, (em) => ledger.settle(em, tenantId, jobId, chargeMilli, 'done'));
    await app.db.sql('UPDATE hold SET closed_at = $3 WHERE tenant_id = $1 AND job_id = $2', [tenantId, jobId, endedAt]);
    return jobId;
  };
  const report = async (query: Record<string, string>, token = operator.token) => (await app.api(token).get('/billing/usage').query(query).expect(200)).body;

  beforeAll(async () => {
    app = await startApp();
    operator = app.operator;
    tenantId = parseId('tnt', operator.tenantId);
    await app.setPlan(operator.tenantId, 'pro');
    [tx, ledger, usage] = [app.nest.get(TenantTx, { strict: false }), app.nest.get(Ledger, { strict: false }), app.nest.get(Usage, { strict: false })];
  });
  afterAll(() => app.close());

  describe('attempts', () => {
    it('cost their load and work at the rate of their class, and keep its version; waste is absorbed', async () => {
      const jobId = await held({ operation: 'upscale' });
      await record(anAttempt(jobId, { outcome: 'lost', loadMs: 0, workMs: 0, wastedMs: 36_000, capacity: 'spot', endedAt: new Date('2026-11-01T09:59:00Z') }));
      await record(anAttempt(jobId, { attempt: 2, loadMs: 1000, workMs: 8000, sharePpm: 500_000 }));
      const found = await usage.ofJob({ tenantId }, jobId);
      expect(found).toMatchObject({ seconds: 4.5, class: 'A10G', capacity: 'on_demand', costMicros: 1250n });
      expect(found.attempts).toMatchObject([
        { outcome: 'lost', costMicros: 0n, absorbedMicros: 3500n, occupiedUs: 0 },
        { outcome: 'done', line: 'gpu', costMicros: 1250n, usdMicrosPerHour: 1_000_000n, rateVersion: expect.any(Number) },
      ]);
    });
    it('are recorded once per task and attempt', async () => {
      const jobId = await held();
      const attempt = anAttempt(jobId);
      await Promise.all(Array.from({ length: 10 }, () => record(attempt)));
      await record({ ...attempt, workMs: 99_999 });
      expect((await usage.ofJob({ tenantId }, jobId)).attempts).toHaveLength(1);
    });
    it('of one transaction find each its own rate; one that began before there was any has none', async () => {
      const jobId = await held();
      const early = { startedAt: new Date('1999-12-31T23:59:00Z'), endedAt: new Date('1999-12-31T23:59:30Z') };
      const many = [anAttempt(jobId, { gpuClass: 'L4' }), anAttempt(jobId, early), anAttempt(jobId), anAttempt(jobId, { capacity: 'spot' })];
      await tx.run({ tenantId }, (em) => usage.recordAttempts(em, many));
      const { attempts } = await usage.ofJob({ tenantId }, jobId);
      const found = many.map(({ taskId }) => attempts.find((attempt) => attempt.taskId === taskId)!);
      expect(found.map(({ usdMicrosPerHour }) => usdMicrosPerHour)).toEqual([700_000n, 0n, 1_000_000n, 350_000n]);
      expect(found.map(({ rateVersion }) => rateVersion !== null)).toEqual([true, false, true, true]);
    });
    it('are recorded while every connection is taken by a transaction: none needs a second one', async () => {
      const jobId = await held();
      let open = 0;
      let all = (): void => undefined;
      const allOpen = new Promise<void>((resolve) => (all = resolve));
      await Promise.all(
        Array.from({ length: POOL_SIZES.app }, () =>
          tx.run({ tenantId }, async (em) => {
            if (++open === POOL_SIZES.app) all();
            await allOpen;
            // A class that no test before this one asked for.
            await usage.recordAttempt(em, anAttempt(jobId, { gpuClass: 'H100' }));
          }),
        ),
      );
      expect((await usage.ofJob({ tenantId }, jobId)).attempts).toHaveLength(POOL_SIZES.app);
    });
    it('of a box without a GPU are a cpu line', async () => {
      const jobId = await held();
      await record(anAttempt(jobId, { gpuClass: 'CPU', loadMs: 0, workMs: 3_600_000 }));
      expect(await usage.ofJob({ tenantId }, jobId)).toMatchObject({ costMicros: 40_000n, seconds: 3600, attempts: [{ line: 'cpu' }] });
    });
    it('copy who and what from the hold', async () => {
      const userId = newId();
      const jobId = await held({ operation: 'img2img', model: 'sdxl', userId, teamId: newId(), keyId: newId() });
      await record(anAttempt(jobId));
      const [row] = await app.db.sql(
        'SELECT a.operation = h.operation AND a.model = h.model AND a.team_id = h.team_id AND a.user_id = h.user_id AND a.key_id = h.key_id AS same FROM usage_attempt a JOIN hold h USING (tenant_id, job_id) WHERE job_id = $1',
        [jobId],
      );
      expect(row).toEqual({ same: true });
    });
    it('can be computed again from what they store, also after the rate has changed; one that cannot is reported', async () => {
      const probes = app.nest.get(Probes, { strict: false });
      const drift = async (): Promise<string[]> =>
        (await probes.invariants()).filter(({ name, violations }) => name.startsWith('usage.') && violations.length > 0).map(({ name }) => name);
      const jobId = await held();
      const now = { startedAt: new Date(Date.now() - 10_000), endedAt: new Date() };
      await record(anAttempt(jobId, { loadMs: 1234, workMs: 6789, wastedMs: 77, sharePpm: 333_333, capacity: 'spot', ...now }));
      const before = await usage.ofJob({ tenantId }, jobId);
      await app.api(operator.token).post('/operator/rate-cards').send({ gpuClass: 'A10G', capacity: 'spot', usdMicrosPerHour: '777777' }).expect(201);
      expect(await usage.ofJob({ tenantId }, jobId)).toEqual(before);
      expect(await drift()).toEqual([]);
      await app.db.sql('UPDATE usage_attempt SET cost_micros = cost_micros + 1 WHERE job_id = $1', [jobId]);
      expect(await drift()).toEqual(['usage.cost_follows_from_its_row']);
      await app.db.sql('UPDATE usage_attempt SET cost_micros = cost_micros - 1, rate_version = (SELECT max(version) FROM rate_card) WHERE job_id = $1', [
        jobId,
      ]);
      expect(await drift()).toEqual(['usage.rate_is_that_of_its_card']);
      await app.db.sql('UPDATE usage_attempt SET rate_version = 9999 WHERE job_id = $1', [jobId]);
      expect(await drift()).toEqual(['usage.rate_is_that_of_its_card']);
      await app.db.sql('UPDATE usage_attempt SET rate_version = $2 WHERE job_id = $1', [jobId, before.attempts[0]!.rateVersion]);
      await expect(app.db.sql('DELETE FROM rate_card')).rejects.toThrow(/append-only/);
    });
    it('of another tenant are not seen', async () => {
      const jobId = await held();
      await record(anAttempt(jobId));
      expect((await usage.ofJob({ tenantId: newId() }, jobId)).attempts).toEqual([]);
    });
  });

  describe('the report', () => {
    const range = { from: '2026-03-27', to: '2026-04-02', timeZone: 'Europe/Berlin' };
    const [ada, bob] = [newId(), newId()];
    let jobs: string[];
    beforeAll(async () => {
      jobs = [
        // Berlin puts its clocks forward on the 29th: these are 28 March 23:59 and 29 March 00:01 there, and both 28 March in UTC.
        await job({ endedAt: '2026-03-28T22:59:00Z', chargeMilli: 1000n, userId: ada }),
        await job({ endedAt: '2026-03-28T23:01:00Z', chargeMilli: 2500n, userId: bob, operation: 'upscale', gpuClass: 'L4' }),
        await job({ endedAt: '2026-03-29T21:59:59.999Z', chargeMilli: 4000n, userId: ada, workMs: 60_000 }),
        await job({ endedAt: '2026-03-29T22:00:00Z', chargeMilli: 500n, userId: bob }),
      ];
    });
    it('cuts days where the zone does, without gaps', async () => {
      const { data, totals, from, to } = await report({ ...range, groupBy: 'day' });
      expect([from, to]).toEqual(['2026-03-26T23:00:00.000Z', '2026-04-02T22:00:00.000Z']);
      expect(data.map((d: { key: string; jobs: number; credits: string }) => [d.key, d.jobs, d.credits])).toEqual([
        ['2026-03-27', 0, '0'],
        ['2026-03-28', 1, '1'],
        ['2026-03-29', 2, '6.5'],
        ['2026-03-30', 1, '0.5'],
        ['2026-03-31', 0, '0'],
        ['2026-04-01', 0, '0'],
        ['2026-04-02', 0, '0'],
      ]);
      expect(totals).toEqual({ jobs: 4, credits: '8', gpuSeconds: 81, costMicros: expect.any(String) });
    });
    it.each(['day', 'hour', 'job', 'operation', 'model', 'user', 'class'])('by %s adds up to its totals in every zone', async (groupBy) => {
      for (const timeZone of ['UTC', 'Pacific/Kiritimati', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu']) {
        const { data, totals } = await report({ from: '2026-03-26', to: '2026-04-03', timeZone, groupBy, limit: '100' });
        const sum = (pick: (row: Record<string, string | number>) => number): number =>
          Math.round(data.reduce((n: number, row: Record<string, string | number>) => n + pick(row) * 1_000_000, 0)) / 1_000_000;
        expect([sum((r) => Number(r.jobs)), sum((r) => Number(r.credits)), sum((r) => Number(r.gpuSeconds)), sum((r) => Number(r.costMicros))]).toEqual([
          totals.jobs,
          Number(totals.credits),
          totals.gpuSeconds,
          Number(totals.costMicros),
        ]);
        expect(totals).toMatchObject({ jobs: 4, credits: '8', gpuSeconds: 81 });
      }
    });
    it('groups by operation, class and person', async () => {
      const keys = async (groupBy: string) => (await report({ ...range, groupBy })).data.map((row: { key: string; credits: string }) => [row.key, row.credits]);
      expect(await keys('operation')).toEqual([
        ['txt2img', '5.5'],
        ['upscale', '2.5'],
      ]);
      expect(await keys('class')).toEqual([
        ['A10G', '5.5'],
        ['L4', '2.5'],
      ]);
      expect(await keys('user')).toEqual([
        [typeId('usr', ada), '5'],
        [typeId('usr', bob), '3'],
      ]);
    });
    it('lists jobs newest first, page by page', async () => {
      const first = await report({ ...range, groupBy: 'job', limit: '3' });
      const second = await report({ ...range, groupBy: 'job', limit: '3', cursor: first.nextCursor });
      expect([first.hasMore, second.hasMore]).toEqual([true, false]);
      expect([...first.data, ...second.data].map((row: { key: string }) => row.key)).toEqual(jobs.toReversed().map((id) => typeId('job', id)));
      expect(first.data[1]).toEqual({ key: typeId('job', jobs[2]!), label: 'txt2img', jobs: 1, credits: '4', gpuSeconds: 60, costMicros: '16667' });
    });
    it('counts an ended job that never ran for no class', async () => {
      const jobId = await held();
      await tx.run({ tenantId }, (em) => ledger.void(em, tenantId, jobId, 'canceled'));
      await app.db.sql(`UPDATE hold SET closed_at = '2026-01-05T12:00:00Z' WHERE job_id = $1`, [jobId]);
      expect((await report({ from: '2026-01-05', to: '2026-01-05', groupBy: 'class' })).data).toEqual([
        { key: 'none', label: 'Did not run', jobs: 1, credits: '0', gpuSeconds: 0, costMicros: '0' },
      ]);
    });
    it('shows cost to those who may read it, and a tenant nothing of another', async () => {
      const eve = await app.register('Eve');
      const { totals, data } = await report({ ...range, groupBy: 'day' }, eve.token);
      expect(totals).toEqual({ jobs: 0, credits: '0', gpuSeconds: 0 });
      expect(data.every((row: object) => !('costMicros' in row))).toBe(true);
    });
    it('shows a member only their own use', async () => {
      const userId = parseId('usr', operator.userId);
      await job({ endedAt: '2026-02-10T12:00:00Z', chargeMilli: 1000n, userId });
      await job({ endedAt: '2026-02-10T13:00:00Z', chargeMilli: 3000n });
      const day = { from: '2026-02-10', to: '2026-02-10', timeZone: 'UTC' };
      expect((await report(day)).totals.credits).toBe('4');
      await app.db.sql(`UPDATE membership SET role = 'member' WHERE tenant_id = $1 AND user_id = $2`, [tenantId, userId]);
      await expect.poll(async () => (await report(day)).totals.credits, { timeout: 10_000, interval: 500 }).toBe('1');
      await app.db.sql(`UPDATE membership SET role = 'owner' WHERE tenant_id = $1 AND user_id = $2`, [tenantId, userId]);
    });
    it.each([
      [{ timeZone: 'Mars/Olympus' }, '/timeZone'],
      [{ from: 'yesterday' }, '/from'],
      [{ from: '2026-02-02', to: '2026-02-01' }, '/to'],
      [{ groupBy: 'planet' }, '/groupBy'],
    ])('%j is 422', async (query, pointer) => {
      const { body } = await app.api(operator.token).get('/billing/usage').query(query).expect(422);
      expect(body.errors.map((e: { pointer: string }) => e.pointer)).toContain(pointer);
    });
  });
});
