import { parquetReadObjects } from 'hyparquet';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ExportRecords } from '../../src/billing/exports/export-records.service.js';
import { ExportSchedules } from '../../src/billing/exports/export-schedules.service.js';
import { ExportWriting } from '../../src/billing/exports/index.js';
import { LEDGER_INVARIANTS, Sales } from '../../src/billing/ledger/index.js';
import { UsageSlots } from '../../src/billing/usage/index.js';
import { parseId } from '../../src/platform/ids/index.js';
import { Outbox } from '../../src/platform/outbox/index.js';
import { Storage } from '../../src/platform/storage/index.js';
import { Probes } from '../../src/platform/telemetry/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { exported, manyJobs } from './exported.js';
import { boughtPack } from './pack.js';

const COUNT = 300;
const ZONES = ['UTC', 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Apia', 'Europe/Berlin'];

interface Figures {
  key: string;
  jobs: number;
  credits: string;
  gpuSeconds: number;
  costMicros: string;
}

describe('usage and its files', () => {
  let app: TestApp;
  let person: Person;
  let tenantId: string;
  const march = { from: '2026-03-27', to: '2026-03-31', timeZone: 'Europe/Berlin' };
  const report = async (
    query: Record<string, string>,
    who = person,
  ): Promise<{ data: (Figures & { then?: { key: string } })[]; totals: Figures; groupBy: string }> =>
    (await app.api(who.token).get('/billing/usage').query(query).expect(200)).body;
  const sumOf = (rows: readonly Figures[]) => ({
    jobs: rows.reduce((n, row) => n + row.jobs, 0),
    milli: rows.reduce((n, row) => n + BigInt(Math.round(Number(row.credits) * 1000)), 0n),
    us: rows.reduce((n, row) => n + Math.round(row.gpuSeconds * 1e6), 0),
    micros: rows.reduce((n, row) => n + BigInt(row.costMicros), 0n),
  });

  /** The sweep rests until the end of the test. @returns what it would do */
  const restWriter = (): (() => Promise<void>) => {
    const writing = app.nest.get(ExportWriting, { strict: false });
    const run = writing.run.bind(writing);
    vi.spyOn(writing, 'run').mockResolvedValue();
    return run;
  };

  beforeAll(async () => {
    app = await startApp();
    person = app.operator;
    tenantId = parseId('tnt', person.tenantId);
    // Over the nights in which Berlin's clocks go forward and back, and through the small hours of every zone.
    await manyJobs(app, person, COUNT, '2026-03-28T00:00:00Z', 701);
    await manyJobs(app, person, COUNT, '2026-10-24T00:00:00Z', 701);
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => app.close());

  describe('the report', () => {
    it.each(['before the sums are made', 'half from sums', 'from sums'])(
      '%s: days and hours add up to the range, over both nights of summer time, in every zone',
      async (when) => {
        if (when === 'half from sums') await app.db.sql('SELECT usage_fold(500)');
        if (when === 'from sums') await app.nest.get(UsageSlots, { strict: false }).fold();
        for (const timeZone of ZONES)
          for (const [from, to] of [
            ['2026-03-26', '2026-04-01'],
            ['2026-10-22', '2026-10-28'],
          ] as const) {
            const range = { from, to, timeZone };
            const totals = (await report(range)).totals;
            expect(totals.jobs).toBe(COUNT);
            for (const groupBy of ['day', 'hour']) expect(sumOf((await report({ ...range, groupBy })).data), `${timeZone} ${groupBy}`).toEqual(sumOf([totals]));
          }
      },
    );
    it('says the same of a team, a day, and both, from sums and from rows', async () => {
      const range = { from: '2026-03-28T00:00:00Z', to: '2026-03-31T00:00:00Z', timeZone: 'Asia/Kolkata' };
      // An end that is no quarter of an hour: read from rows.
      const rows = { ...range, to: '2026-03-30T23:59:59.999Z' };
      for (const groupBy of ['team', 'user', 'key', 'model', 'operation', 'team,day', 'day,operation', 'model,hour'])
        expect((await report({ ...range, groupBy })).data, groupBy).toEqual((await report({ ...rows, groupBy })).data);
      const both = await report({ ...range, groupBy: 'team,day' });
      expect(both.groupBy).toBe('team,day');
      expect(sumOf(both.data)).toEqual(sumOf([both.totals]));
      expect(both.data[0]!.then!.key).toMatch(/^2026-03-/);
      expect(sumOf((await report({ ...range, groupBy: 'class,model' })).data)).toEqual(sumOf([both.totals]));
    });
    it('is narrowed by every dimension, and what is left out and in is the whole', async () => {
      const teams = (await report({ ...march, groupBy: 'team' })).data;
      expect(teams.map(({ key }) => key)).toContain('none');
      for (const dimension of ['team', 'model', 'class', 'operation']) {
        const values = (await report({ ...march, groupBy: dimension })).data;
        const parts = await Promise.all(values.map(async ({ key }) => (await report({ ...march, [dimension]: key, groupBy: 'day' })).totals));
        expect(
          parts.map((part) => part.credits),
          dimension,
        ).toEqual(values.map((value) => value.credits));
      }
      const jobs = await report({ ...march, groupBy: 'job', team: teams[0]!.key, limit: '100' });
      expect(sumOf(jobs.data)).toEqual(sumOf([teams[0]!]));
    });
    it.each([
      [{ groupBy: 'day,hour' }, '/groupBy'],
      [{ groupBy: 'job,day' }, '/groupBy'],
      [{ groupBy: 'day,team,user' }, '/groupBy'],
      [{ team: 'usr_01h2xcejqtf2nbrexx3vqjhp41' }, '/team'],
    ])('%j is 422', async (query, pointer) => {
      const { body } = await app.api(person.token).get('/billing/usage').query(query).expect(422);
      expect(body.errors.map((e: { pointer: string }) => e.pointer)).toContain(pointer);
    });
  });

  describe('a file', () => {
    it('of CSV adds up to its totals and to the report; text that begins like a formula is text', async () => {
      const { file, content } = await exported(app, person, { format: 'csv', ...march });
      const [header, ...lines] = content.toString().trimEnd().split('\r\n');
      const column = header!.split(',').indexOf('credits');
      const { totals } = await report(march);
      expect(lines).toHaveLength(COUNT);
      expect(file.totals).toEqual({ rows: COUNT, credits: totals.credits, costMicros: totals.costMicros });
      expect(lines.reduce((n, line) => n + Math.round(Number(line.split(',')[column]) * 1000), 0)).toBe(Number(totals.credits) * 1000);
      expect(content.toString()).toContain(",'=operation,");
      expect(content.toString()).not.toMatch(/,=/);
      const sidecar = (await (await fetch(file.sidecarUrl)).json()) as object;
      expect(sidecar).toMatchObject({ id: file.id, sha256: file.sha256, bytes: content.length, totals: file.totals });
    });
    it('of JSON lines and of Parquet have the same rows, with exact types', async () => {
      const lines = (await exported(app, person, { format: 'jsonl', ...march })).content
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const { file, content } = await exported(app, person, { format: 'parquet', ...march });
      const buffer = content.buffer.slice(content.byteOffset, content.byteOffset + content.length) as ArrayBuffer;
      const rows = await parquetReadObjects({ file: { byteLength: buffer.byteLength, slice: (from, to) => buffer.slice(from, to) } });
      expect(file.totals.rows).toBe(COUNT);
      expect(
        rows.map((row) => [
          row.jobId,
          Number(row.credits),
          Math.round(Number(row.gpuSeconds) * 1e6) / 1e6,
          String(row.costMicros),
          (row.endedAt as Date).toISOString(),
          row.model,
        ]),
      ).toEqual(lines.map((row) => [row.jobId, Number(row.credits), row.gpuSeconds, row.costMicros, row.endedAt, row.model]));
      expect(typeof rows[0]!.costMicros).toBe('bigint');
    });
    it('of each day adds up to that of the range, also where a job works before midnight and ends after it', async () => {
      await app.db.sql(
        `UPDATE hold SET closed_at = closed_at + interval '1 day' WHERE tenant_id = $1 AND job_id = (SELECT job_id FROM hold WHERE tenant_id = $1 ORDER BY closed_at LIMIT 1)`,
        [tenantId],
      );
      const whole = (await exported(app, person, { format: 'csv', from: '2026-03-28', to: '2026-03-31', timeZone: 'Pacific/Apia' })).file.totals;
      let [milli, micros] = [0n, 0n];
      for (const day of ['2026-03-28', '2026-03-29', '2026-03-30', '2026-03-31']) {
        const { totals } = (await exported(app, person, { format: 'csv', from: day, to: day, timeZone: 'Pacific/Apia' })).file;
        milli += BigInt(Math.round(Number(totals.credits) * 1000));
        micros += BigInt(totals.costMicros!);
      }
      expect([milli, micros]).toEqual([BigInt(Math.round(Number(whole.credits) * 1000)), BigInt(whole.costMicros!)]);
      expect((await report({ from: '2026-03-28', to: '2026-03-31', timeZone: 'Pacific/Apia' })).totals).toMatchObject({
        credits: whole.credits,
        costMicros: whole.costMicros,
      });
    });
    it('whose writer died is written by the next; one that was given up cannot finish it', async () => {
      const { body } = await app
        .api(person.token)
        .post('/exports')
        .send({ format: 'csv', ...march })
        .expect(202);
      await app.db.sql(`UPDATE export SET status = 'running', attempts = 1, lease_until = now() - interval '1 second', rows_written = 17 WHERE id = $1`, [
        parseId('exp', body.id),
      ]);
      await app.nest.get(ExportWriting, { strict: false }).run();
      await expect.poll(async () => (await app.api(person.token).get(`/exports/${body.id}`)).body.status, { timeout: 10_000 }).toBe('ready');
      const [row] = await app.db.sql('SELECT attempts, rows_written::int AS rows FROM export WHERE id = $1', [parseId('exp', body.id)]);
      expect(row).toEqual({ attempts: 2, rows: COUNT });
    });
    it.each(['lost', 'lost, and asked again'])('whose COMMIT went through although its answer was %s stays', async (answer) => {
      const records = app.nest.get(ExportRecords, { strict: false });
      const finish = records.finish.bind(records);
      const once = vi.spyOn(records, 'finish').mockImplementationOnce(async (...given) => {
        await finish(...given);
        if (answer === 'lost') throw new Error('Connection terminated unexpectedly');
        return finish(...given);
      });
      const { file } = await exported(app, person, { format: 'jsonl', ...march });
      expect(once).toHaveBeenCalled();
      await app.nest.get(ExportWriting, { strict: false }).run();
      // Read to their ends: a server that closes waits for what is under way.
      const answers = await Promise.all([fetch(file.url), fetch(file.sidecarUrl)]);
      await Promise.all(answers.map((one) => one.arrayBuffer()));
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    });
    it('is one of at most ten that are being made, also when many are ordered at once', async () => {
      const write = restWriter();
      const eve = await app.register('Eve');
      const order = (wish = { format: 'csv', ...march }) => app.api(eve.token).post('/exports').send(wish);
      for (let i = 0; i < 9; i++) await order().expect(202);
      const answers = await Promise.all(Array.from({ length: 8 }, () => order()));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([202, ...Array.from({ length: 7 }, () => 409)]);
      await write();
    });
    it('goes when its time is over', async () => {
      const { file } = await exported(app, person, { format: 'jsonl', ...march });
      await app.db.sql(`UPDATE export SET expires_at = now() - interval '1 second' WHERE id = $1`, [parseId('exp', file.id)]);
      await expect.poll(async () => (await app.api(person.token).get(`/exports/${file.id}`)).body.status, { timeout: 15_000, interval: 300 }).toBe('expired');
      expect((await fetch(file.url)).status).toBe(404);
    });
    it('tells a tenant nothing of what its work cost the house, nor anything of another tenant', async () => {
      const eve = await app.register('Eve');
      await manyJobs(app, eve, 5, '2026-03-28T00:00:00Z', 60);
      const { file, content } = await exported(app, eve, { format: 'csv', ...march });
      expect(file.totals).toEqual({ rows: 5, credits: expect.any(String) });
      expect(content.toString()).not.toContain('costMicros');
    });
    it.each([
      [{ format: 'xlsx', from: '2026-03-01', to: '2026-03-02' }, '/format'],
      [{ format: 'csv', from: '2026-03-02', to: '2026-03-01' }, '/to'],
      [{ format: 'csv', from: '2026-03-01', to: '2026-03-02', timeZone: 'Mars/Olympus' }, '/timeZone'],
      [{ format: 'csv', from: 'yesterday', to: '2026-03-02' }, '/from'],
      [{ format: 'xlsx', from: 'yesterday', to: '2026-02-30', timeZone: 'Mars/Olympus' }, '/format /from /to /timeZone'],
    ])('%j is 422', async (wish, pointer) => {
      const { body } = await app.api(person.token).post('/exports').send(wish).expect(422);
      expect(body.errors.map((e: { pointer: string }) => e.pointer)).toEqual(pointer.split(' '));
    });
  });

  describe('of a schedule, while storage fails,', () => {
    const storageGone = () => vi.spyOn(app.nest.get(Storage, { strict: false }), 'put').mockRejectedValue(new Error('no storage'));
    const missing = async () =>
      (await app.nest.get(Probes, { strict: false }).invariants()).find(({ name }) => name === 'exports.periods_have_their_file')!.violations.length;
    /** The file of last month of a schedule, and tries of it without the pauses between them. */
    const scheduled = async (format: string) => {
      const { body: schedule } = await app.api(person.token).post('/exports/schedules').send({ format, every: 'month', timeZone: 'UTC' }).expect(201);
      await app.db.sql(`UPDATE export_schedule SET next_at = date_trunc('month', now(), 'UTC') WHERE id = $1`, [parseId('sch', schedule.id)]);
      await app.nest.get(ExportSchedules, { strict: false }).due(tenantId, parseId('sch', schedule.id));
      const [made] = await app.db.sql<{ id: string }>('SELECT id FROM export WHERE schedule_id = $1', [parseId('sch', schedule.id)]);
      const write = restWriter();
      return {
        schedule,
        tries: async (count: number) => {
          for (let i = 0; i < count; i++) {
            await app.db.sql(`UPDATE export SET lease_until = now() - interval '1 second' WHERE id = $1 AND status = 'running'`, [made!.id]);
            await write();
          }
          return (await app.api(person.token).get('/exports').expect(200)).body.data.find(
            ({ scheduleId }: { scheduleId: string }) => scheduleId === schedule.id,
          );
        },
      };
    };

    it('is tried on, and there when storage is', async () => {
      const { tries, schedule } = await scheduled('csv');
      const gone = storageGone();
      expect(await tries(6)).toMatchObject({ status: 'running', error: expect.stringContaining('could not be written') });
      gone.mockRestore();
      expect(await tries(1)).toMatchObject({ status: 'ready', error: null });
      await app.api(person.token).delete(`/exports/schedules/${schedule.id}`).expect(204);
    });
    it('is given up after a day: an event tells, the probe counts it until somebody orders the range', async () => {
      const emit = vi.spyOn(app.nest.get(Outbox, { strict: false }), 'emit');
      const { tries, schedule } = await scheduled('jsonl');
      storageGone();
      const before = await missing();
      const failed = await tries(30);
      expect(emit).toHaveBeenCalledWith(expect.anything(), tenantId, 'export.failed', { exportId: parseId('exp', failed.id) });
      vi.restoreAllMocks();
      expect(failed).toMatchObject({ status: 'failed', error: expect.stringContaining('could not be written') });
      expect(await missing()).toBe(before + 1);
      await exported(app, person, { format: 'jsonl', from: failed.from, to: failed.to });
      expect(await missing()).toBe(before);
      await app.api(person.token).delete(`/exports/schedules/${schedule.id}`).expect(204);
    });
  });

  describe('of FOCUS, about a pack of 1000 credits for $10,', () => {
    /** Rows of a file end with the millisecond that the next begins with. */
    const instant = async (): Promise<Date> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const now = new Date();
      await new Promise((resolve) => setTimeout(resolve, 5));
      return now;
    };

    it('a refund of what was not used uses nothing', async () => {
      const { repaid, costs } = await boughtPack(app);
      await repaid(500_000n, 0n);
      await repaid(1_000_000n, 500_000n);
      expect(await costs()).toEqual({ sums: [0, 0], rows: ['Purchase 10 0 1000', 'Adjustment -5 0 ', 'Adjustment -5 0 '] });
    });
    it('bought is used, lapsed and left, whatever is refunded, disputed, held meanwhile and comes back', async () => {
      const { hold, settle, cancel, repaid, costs } = await boughtPack(app);
      await settle(await hold(100_000n), 100_000n);
      const held = await hold(300_000n);
      expect((await costs()).sums).toEqual([10, 1]);
      await repaid(1_000_000n, 0n);
      // What a job holds may still be used: it counts as left.
      expect((await costs()).sums).toEqual([0, -3]);
      await cancel(held);
      await app.nest.get(Sales, { strict: false }).collect();
      expect((await costs()).sums).toEqual([0, 0]);
      await repaid(0n, 1_000_000n);
      expect((await costs()).sums).toEqual([10, 1]);
    });
    it('what lapses has a row each time it does, also when a job gives it back after the end', async () => {
      const { hold, settle, end, costs } = await boughtPack(app);
      const held = await hold(300_000n);
      await end();
      const before = await costs();
      const later = await instant();
      await settle(held, 100_000n);
      expect(before).toEqual({ sums: [10, 7], rows: ['Purchase 10 0 1000', 'Adjustment 0 7 700'] });
      expect(await costs(later)).toEqual({ sums: [0, 3], rows: ['Adjustment 0 2 200', 'Usage 0 1 100'] });
      expect((await costs()).sums).toEqual([10, 10]);
    });
    afterAll(async () => {
      expect(await app.db.as('system', null, LEDGER_INVARIANTS['ledger.grant_changes_are_noted']!)).toEqual([]);
    });
  });

  it('a schedule makes the file of each period of its zone, once', async () => {
    const { body } = await app.api(person.token).post('/exports/schedules').send({ format: 'csv', every: 'month', timeZone: 'Asia/Kolkata' }).expect(201);
    const id = parseId('sch', body.id);
    await app.db.sql(`UPDATE export_schedule SET next_at = '2026-03-31T18:30:00Z' WHERE id = $1`, [id]);
    const schedules = app.nest.get(ExportSchedules, { strict: false });
    await Promise.all(Array.from({ length: 3 }, () => schedules.due(tenantId, id)));
    const [made] = await app.db.sql('SELECT from_at, to_at FROM export WHERE schedule_id = $1 ORDER BY from_at', [id]);
    expect(made).toEqual({ from_at: new Date('2026-02-28T18:30:00Z'), to_at: new Date('2026-03-31T18:30:00Z') });
    const twice = await app.db.sql('SELECT from_at FROM export WHERE schedule_id = $1 GROUP BY 1 HAVING count(*) > 1', [id]);
    expect(twice).toEqual([]);
    await app.api(person.token).delete(`/exports/schedules/${body.id}`).expect(204);
    await app.api(person.token).delete(`/exports/schedules/${body.id}`).expect(404);
  });
});
