import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HoldOutcome, NewHold } from '../../src/billing/ledger/index.js';
import { BudgetsRepository } from '../../src/billing/budgets/budgets.repository.js';
import { newId } from '../../src/platform/ids/index.js';
import { aHold, Books } from './books.js';

interface Wish {
  scope?: 'tenant' | 'team' | 'user' | 'key';
  subject?: string;
  period?: 'day' | 'week' | 'month';
  hard?: boolean;
  limit: bigint;
}
interface Counter {
  held: string;
  spent: string;
  raised: string;
}

describe('budgets under the ledger', () => {
  let books: Books;
  const budgets = new BudgetsRepository();
  beforeAll(async () => {
    books = await Books.open();
  });
  afterAll(async () => {
    await books.prove();
    await books.close();
  });

  const make = async (tenant: string, { scope = 'tenant', subject = tenant, period = 'month', hard = true, limit }: Wish): Promise<string> => {
    const id = newId();
    const terms = { limitMilli: limit, limitMicros: null, creditMicros: null, hard, thresholds: [50, 80, 100], forecast: false };
    await books.tx.run({ tenantId: tenant }, (em) =>
      budgets.insert(em, tenant, { id, name: 'a budget', scope, subjectId: subject, period, ...terms }, newId()),
    );
    return id;
  };
  const counter = async (id: string): Promise<bigint[]> => {
    const [row] = await books.db.sql<Counter>(
      'SELECT held_milli AS held, spent_milli AS spent, raised_milli AS raised FROM budget_counter WHERE budget_id = $1 ORDER BY starts_at DESC LIMIT 1',
      [id],
    );
    return row ? [BigInt(row.held), BigInt(row.spent)] : [0n, 0n];
  };
  const by = (amount: bigint, dimensions: Partial<NewHold['dimensions']>): NewHold => {
    const hold = aHold(amount);
    return { ...hold, dimensions: { ...hold.dimensions, ...dimensions } };
  };

  it('200 claimants on one budget and one wallet never overshoot by a milli-credit', async () => {
    const tenant = newId();
    const [whole, person] = [await make(tenant, { limit: 10_001n }), newId()];
    const personal = await make(tenant, { scope: 'user', subject: person, limit: 7_007n });
    const amounts = Array.from({ length: 200 }, (_, i) => BigInt(1 + ((i * 37) % 211)));
    const outcomes = (await Promise.all(amounts.map((amount, i) => books.holdMany(tenant, [by(amount, i % 2 ? { userId: person } : {})])))).flat();
    const held = outcomes.reduce((sum, { ok }, i) => sum + (ok ? amounts[i]! : 0n), 0n);
    expect(await counter(whole)).toEqual([held, 0n]);
    expect(held).toBeLessThanOrEqual(10_001n);
    expect((await counter(personal))[0]).toBeLessThanOrEqual(7_007n);
    // What was refused really did not fit: nothing smaller than the smallest refused would be left.
    const refused = outcomes.filter(({ ok }) => !ok);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ limitSource }) => limitSource === 'budget')).toBe(true);
    expect((await books.balance(tenant)).heldMilli).toBe(held);
    // One more than is left is refused, exactly what is left is not.
    expect((await books.hold(tenant, 10_001n - held + 1n))[0]!.ok).toBe(false);
    if (held < 10_001n) expect((await books.hold(tenant, 10_001n - held))[0]!.ok).toBe(true);
  });

  it('a refusal names the budget with its limit, what is spent and held, and when it begins anew', async () => {
    const tenant = newId();
    const id = await make(tenant, { limit: 10_000n, period: 'day' });
    await books.settle(tenant, await books.job(tenant, 3_000n), 2_000n);
    await books.job(tenant, 5_000n);
    const [outcome] = await books.hold(tenant, 4_000n);
    expect(outcome).toMatchObject({
      ok: false,
      limitSource: 'budget',
      budget: { id, limitMilli: 10_000n, spentMilli: 2_000n, heldMilli: 5_000n, timeZone: 'UTC' },
    });
    const midnight = new Date();
    midnight.setUTCHours(24, 0, 0, 0);
    expect(outcome!.budget!.resetsAt).toEqual(midnight);
    expect((await books.hold(tenant, 3_000n))[0]!.ok).toBe(true);
  });

  it('counts for a job its tenant, its team, its person and its key, and no other; a soft budget refuses nothing', async () => {
    const [tenant, teamId, userId, keyId] = [newId(), newId(), newId(), newId()];
    const ids = {
      tenant: await make(tenant, { limit: 1n, hard: false }),
      team: await make(tenant, { scope: 'team', subject: teamId, limit: 10_000n }),
      user: await make(tenant, { scope: 'user', subject: userId, limit: 10_000n }),
      key: await make(tenant, { scope: 'key', subject: keyId, limit: 10_000n }),
      other: await make(tenant, { scope: 'key', subject: newId(), limit: 1n }),
    };
    await books.holdMany(tenant, [by(1_000n, { teamId, userId, keyId }), by(2_000n, { teamId }), by(4_000n, { userId: newId() })]);
    expect(await Promise.all(Object.values(ids).map((id) => counter(id)))).toEqual([
      [7_000n, 0n],
      [3_000n, 0n],
      [1_000n, 0n],
      [1_000n, 0n],
      [0n, 0n],
    ]);
  });

  it('of several jobs in one call those that fit are let in, in order, each whole or not at all', async () => {
    const tenant = newId();
    await make(tenant, { limit: 5_000n });
    const outcomes: HoldOutcome[] = await books.hold(tenant, 3_000n, 2_500n, 2_000n, 0n, 1n);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true, true, false]);
  });

  it('an open hold is settled in the period it was made in, whatever became of the budget since', async () => {
    const tenant = newId();
    const id = await make(tenant, { limit: 10_000n });
    const [first, second, third] = [await books.job(tenant, 2_000n), await books.job(tenant, 3_000n), await books.job(tenant, 1_000n)];
    await books.db.sql('UPDATE budget SET limit_milli = 100 WHERE id = $1', [id]);
    await books.settle(tenant, first!, 1_500n);
    expect(await counter(id)).toEqual([4_000n, 1_500n]);
    expect((await books.hold(tenant, 1n))[0]!.ok).toBe(false);
    await books.tx.run({ tenantId: tenant }, (em) => budgets.delete(em, tenant, id));
    expect((await books.hold(tenant, 1n))[0]!.ok).toBe(true);
    await books.void(tenant, second!);
    await books.settle(tenant, third!, 1_000n);
    expect(await counter(id)).toEqual([0n, 2_500n]);
  });

  it('more for a running job must fit under its budgets too, and counts where the job does', async () => {
    const tenant = newId();
    const id = await make(tenant, { limit: 5_000n });
    const job = await books.job(tenant, 4_000n);
    expect(await books.extend(tenant, job, 1_001n)).toBe(false);
    expect(await books.extend(tenant, job, 1_000n)).toBe(true);
    expect(await counter(id)).toEqual([5_000n, 0n]);
    await books.settle(tenant, job, 4_500n);
    expect(await counter(id)).toEqual([0n, 4_500n]);
  });

  it('tells each threshold once, of two who look at once, and not again when the figure falls and rises', async () => {
    const tenant = newId();
    const id = await make(tenant, { limit: 10_000n, hard: false });
    const raise = async (): Promise<string[]> =>
      (await books.tx.run({ tenantId: tenant }, (em) => budgets.raiseAlerts(em, tenant))).map(({ threshold }) => threshold);
    const jobs = await Promise.all(Array.from({ length: 20 }, () => books.job(tenant, 500n)));
    expect(await raise()).toEqual([]);
    const told = await Promise.all(jobs.flatMap((job) => [books.settle(tenant, job, 450n).then(raise), raise()]));
    told.push(await raise());
    expect(told.flat().toSorted()).toEqual(['50', '80']);
    await books.db.sql('UPDATE budget SET limit_milli = 100000 WHERE id = $1', [id]);
    expect(await raise()).toEqual([]);
    await books.db.sql('UPDATE budget SET limit_milli = 9000 WHERE id = $1', [id]);
    expect((await Promise.all([raise(), raise(), raise()])).flat()).toEqual(['100']);
  });

  it('tells of a forecast once the pace would pass the limit, not before a tenth of the period', async () => {
    const at = async (spent: number, hours: number): Promise<string | null> => {
      const [row] = await books.db.sql<{ f: string | null }>(
        `SELECT budget_forecast($1, '2026-11-01T00:00Z', '2026-11-01T00:00Z', '2026-11-11T00:00Z', '2026-11-01T00:00Z'::timestamptz + make_interval(hours => $2)) AS f`,
        [spent, hours],
      );
      return row!.f;
    };
    expect(await Promise.all([at(100, 23), at(100, 24), at(100, 120), at(100, 240)])).toEqual([null, '1000', '200', null]);
  });

  describe('periods', () => {
    const period = async (zone: string, kind: string, at: string): Promise<[string, string]> => {
      const [row] = await books.db.sql<{ starts_at: Date; ends_at: Date }>('SELECT * FROM budget_period_at($1, $2, $3)', [zone, kind, at]);
      return [row!.starts_at.toISOString(), row!.ends_at.toISOString()];
    };
    it.each([
      ['the night of 23 hours in Berlin', 'Europe/Berlin', 'day', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
      ['the night of 25 hours in Berlin', 'Europe/Berlin', 'day', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
      ['an ISO week over a change of clocks', 'Europe/Berlin', 'week', '2026-10-25T12:00:00Z', '2026-10-18T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
      ['half hours in Kolkata', 'Asia/Kolkata', 'month', '2026-11-30T19:00:00Z', '2026-11-30T18:30:00.000Z', '2026-12-31T18:30:00.000Z'],
      ['St John’s in spring', 'America/St_Johns', 'day', '2026-03-08T12:00:00Z', '2026-03-08T03:30:00.000Z', '2026-03-09T02:30:00.000Z'],
      ['St John’s in autumn', 'America/St_Johns', 'day', '2026-11-01T12:00:00Z', '2026-11-01T02:30:00.000Z', '2026-11-02T03:30:00.000Z'],
      ['the day before the one that Apia skipped', 'Pacific/Apia', 'day', '2011-12-30T09:00:00Z', '2011-12-29T10:00:00.000Z', '2011-12-30T10:00:00.000Z'],
      ['the day after the one that Apia skipped', 'Pacific/Apia', 'day', '2011-12-30T10:00:00Z', '2011-12-30T10:00:00.000Z', '2011-12-31T10:00:00.000Z'],
      ['a midnight that is lived twice', 'America/Havana', 'day', '2026-11-01T04:30:00Z', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
      ['a midnight that does not exist', 'America/Sao_Paulo', 'day', '2018-11-04T12:00:00Z', '2018-11-04T03:00:00.000Z', '2018-11-05T02:00:00.000Z'],
      ['the last day of a leap February', 'UTC', 'month', '2028-02-29T23:59:59Z', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    ])('%s', async (_, zone, kind, at, starts, ends) => {
      expect(await period(zone, kind, at)).toEqual([starts, ends]);
    });
    it('contain their instant, and the next begins where one ends, in every zone and at every change of its clocks', async () => {
      const broken = await books.db.sql(
        `SELECT z, k, i, p.*, n.* FROM unnest('{Asia/Kolkata,America/St_Johns,Pacific/Apia,America/Havana,Europe/Berlin,Australia/Lord_Howe,Asia/Kathmandu,UTC}'::text[]) z,
           unnest('{day,week,month}'::text[]) k, generate_series('2009-01-01Z'::timestamptz, '2012-06-01Z', '31 hours 7 minutes') i,
           LATERAL budget_period_at(z, k, i) p, LATERAL budget_period_at(z, k, p.ends_at) n
         WHERE NOT (p.starts_at <= i AND i < p.ends_at AND n.starts_at = p.ends_at) LIMIT 5`,
      );
      expect(broken).toEqual([]);
    }, 30_000);
    it('an unknown zone cannot be cut by', async () => {
      await expect(period('Mars/Olympus', 'day', '2026-11-01T12:00:00Z')).rejects.toThrow(/not recognized/);
    });
    it('a job that ends after its period is spent in it, and the new period begins with nothing', async () => {
      const tenant = newId();
      const id = await make(tenant, { limit: 5_000n, period: 'day' });
      const old = await books.job(tenant, 5_000n);
      // Yesterday's: the hold and the period it was counted in move back by a day together.
      await books.db.sql(`UPDATE hold SET created_at = created_at - interval '1 day' WHERE job_id = $1`, [old]);
      await books.db.sql(`UPDATE budget_counter SET starts_at = starts_at - interval '1 day', ends_at = ends_at - interval '1 day' WHERE budget_id = $1`, [id]);
      const fresh = await books.job(tenant, 5_000n);
      await books.settle(tenant, old, 4_000n);
      await books.settle(tenant, fresh, 1_000n);
      const rows = await books.db.sql<{ spent: string }>('SELECT spent_milli AS spent FROM budget_counter WHERE budget_id = $1 ORDER BY starts_at', [id]);
      expect(rows.map(({ spent }) => spent)).toEqual(['4000', '1000']);
    });
  });

  it('any sequence of holds, extensions, settlements, voids, edits and deletions counts as a plain model of the rules says', async () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('hold' as const),
          amounts: fc.array(fc.bigInt({ min: 0n, max: 9_000n }), { minLength: 1, maxLength: 3 }),
          person: fc.nat(2),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('extend' as const), job: fc.nat(20), more: fc.bigInt({ min: 1n, max: 4_000n }) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('close' as const), job: fc.nat(20), thousandths: fc.bigInt({ min: 0n, max: 1000n }) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('make' as const),
          person: fc.option(fc.nat(2)),
          hard: fc.boolean(),
          limit: fc.bigInt({ min: 1n, max: 30_000n }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('edit' as const), budget: fc.nat(9), limit: fc.bigInt({ min: 1n, max: 30_000n }) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), budget: fc.nat(9) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 20 }), async (steps) => {
        const tenant = newId();
        const people = [newId(), newId(), newId()];
        const model: { id: string; person: number | null; hard: boolean; limit: bigint; live: boolean; held: bigint; spent: bigint }[] = [];
        const jobs: { id: string; amount: bigint; open: boolean; counted: typeof model }[] = [];
        let available = 100_000n;
        const fits = (of: typeof model, amount: bigint): boolean => of.every((b) => !b.hard || !b.live || b.held + b.spent + amount <= b.limit);
        for (const s of steps) {
          if (s.do === 'make') {
            const id = await make(tenant, {
              ...(s.person === null ? {} : { scope: 'user' as const, subject: people[s.person]! }),
              hard: s.hard,
              limit: s.limit,
            });
            model.push({ id, person: s.person, hard: s.hard, limit: s.limit, live: true, held: 0n, spent: 0n });
          } else if (s.do === 'hold') {
            const holds = s.amounts.map((amount) => by(amount, { userId: people[s.person]! }));
            const outcomes = await books.holdMany(tenant, holds);
            for (const [i, { ok }] of outcomes.entries()) {
              const amount = s.amounts[i]!;
              const counted = model.filter((b) => b.live && (b.person === null || b.person === s.person));
              const expected = amount <= available && (amount === 0n || fits(counted, amount));
              expect(ok).toBe(expected);
              if (!ok) continue;
              available -= amount;
              for (const b of counted) b.held += amount;
              jobs.push({ id: holds[i]!.jobId, amount, open: true, counted });
            }
          } else if (s.do === 'edit' || s.do === 'delete') {
            const b = model[s.budget % (model.length || 1)];
            if (!b?.live) continue;
            if (s.do === 'edit') await books.db.sql('UPDATE budget SET limit_milli = $2 WHERE id = $1', [b.id, (b.limit = s.limit)]);
            else await books.tx.run({ tenantId: tenant }, (em) => budgets.delete(em, tenant, b.id)).then(() => (b.live = false));
          } else {
            const job = jobs[s.job % (jobs.length || 1)];
            if (!job) continue;
            if (s.do === 'extend') {
              const ok = job.open && s.more <= available && fits(job.counted, s.more);
              expect(await books.extend(tenant, job.id, s.more)).toBe(ok);
              if (!ok) continue;
              available -= s.more;
              job.amount += s.more;
              for (const b of job.counted) b.held += s.more;
            } else {
              const charge = (job.amount * s.thousandths) / 1000n;
              expect((await (charge ? books.settle(tenant, job.id, charge) : books.void(tenant, job.id)))!.settled).toBe(job.open);
              if (!job.open) continue;
              job.open = false;
              available += job.amount - charge;
              for (const b of job.counted) Object.assign(b, { held: b.held - job.amount, spent: b.spent + charge });
            }
          }
        }
        for (const b of model) expect(await counter(b.id)).toEqual([b.held, b.spent]);
        expect((await books.balance(tenant)).availableMilli).toBe(available);
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});
