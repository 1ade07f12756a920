import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEDGER_INVARIANTS } from '../../src/billing/ledger/index.js';
import { newId } from '../../src/platform/ids/index.js';
import { aHold, Books } from './books.js';

describe('the ledger', () => {
  let books: Books;
  beforeAll(async () => {
    books = await Books.open();
  });
  afterAll(async () => {
    await books.prove();
    await books.close();
  });
  const summary = async (tenant: string): Promise<[bigint, bigint]> => {
    const { availableMilli, heldMilli } = await books.balance(tenant);
    return [availableMilli, heldMilli];
  };

  describe('accounts', () => {
    it('a new tenant has the credits of Free before its first hold, until the month of its registration ends', async () => {
      const tenant = newId();
      expect(await books.hold(tenant, 4000n)).toMatchObject([{ ok: true, availableMilli: 96_000n }]);
      const { grants } = await books.balance(tenant);
      expect(grants).toMatchObject([{ kind: 'plan', amountMilli: 100_000n, remainingMilli: 96_000n }]);
      const [plan] = await books.db.sql<{ anchor: Date; ends: Date }>(
        `SELECT period_anchor AS anchor, (plan_period(period_anchor, now())).ends_at AS ends FROM tenant_plan WHERE tenant_id = $1`,
        [tenant],
      );
      expect(Math.abs(plan!.anchor.getTime() - parseInt(tenant.replaceAll('-', '').slice(0, 12), 16))).toBeLessThan(1000);
      expect(grants[0]!.expiresAt).toEqual(plan!.ends);
    });
    it('two hundred first requests at once make one account and one grant', async () => {
      const tenant = newId();
      await Promise.all(Array.from({ length: 200 }, () => books.balance(tenant)));
      expect((await books.balance(tenant)).grants).toHaveLength(1);
      expect(await books.entries(tenant)).toHaveLength(1);
    });
    it('a grant with a key that was used before gives nothing', async () => {
      const tenant = newId();
      const first = await books.grant(tenant, 5000n, undefined, 'once');
      expect(await Promise.all(Array.from({ length: 10 }, () => books.grant(tenant, 5000n, undefined, 'once')))).toEqual(Array(10).fill(first));
      expect(await summary(tenant)).toEqual([105_000n, 0n]);
    });
    it('the next month brings new credits; what was left of the old is breakage; months without a visitor bring nothing', async () => {
      const tenant = newId();
      const jobId = await books.job(tenant, 30_000n);
      await books.settle(tenant, jobId, 30_000n);
      await books.shiftPeriod(tenant, '3 months 1 day');
      expect(await summary(tenant)).toEqual([100_000n, 0n]);
      const entries = await books.entries(tenant);
      expect(entries.map(({ kind, to, amountMilli }) => [kind, to, amountMilli]).slice(0, 2)).toEqual([
        ['grant', 'available', 100_000n],
        ['expire', 'breakage', 70_000n],
      ]);
    });
    it.each([
      ['2026-01-31T08:00:00Z', '2026-02-28T07:59:59Z', '2026-01-31T08:00:00Z', '2026-02-28T08:00:00Z'],
      ['2026-01-31T08:00:00Z', '2026-02-28T08:00:00Z', '2026-02-28T08:00:00Z', '2026-03-31T08:00:00Z'],
      ['2026-01-31T08:00:00Z', '2026-05-15T00:00:00Z', '2026-04-30T08:00:00Z', '2026-05-31T08:00:00Z'],
      ['2024-02-29T00:00:00Z', '2025-03-01T00:00:00Z', '2025-02-28T00:00:00Z', '2025-03-29T00:00:00Z'],
      ['2024-02-29T00:00:00Z', '2028-02-29T12:00:00Z', '2028-02-29T00:00:00Z', '2028-03-29T00:00:00Z'],
      ['2026-11-21T10:00:00.005Z', '2026-11-21T10:00:00Z', '2026-11-21T10:00:00.005Z', '2026-12-21T10:00:00.005Z'],
    ])('anchored at %s, the period at %s is %s to %s', async (anchor, at, starts, ends) => {
      const [period] = await books.db.sql<{ starts_at: Date; ends_at: Date }>(`SELECT * FROM plan_period($1, $2)`, [anchor, at]);
      expect(period).toEqual({ starts_at: new Date(starts), ends_at: new Date(ends) });
    });
  });

  describe('holds', () => {
    it('refuses exactly those that do not fit, in order, and says what is left', async () => {
      const tenant = newId();
      const outcomes = await books.hold(tenant, 60_000n, 50_000n, 40_000n, 1n, 0n);
      expect(outcomes.map(({ ok, availableMilli, limitSource }) => [ok, availableMilli, limitSource])).toEqual([
        [true, 40_000n, undefined],
        [false, 40_000n, 'wallet'],
        [true, 0n, undefined],
        [false, 0n, 'wallet'],
        [true, 0n, undefined],
      ]);
      expect(await summary(tenant)).toEqual([0n, 100_000n]);
      await books.prove();
    });
    it('stores quote and dimensions', async () => {
      const tenant = newId();
      const asked = aHold(1500n);
      await books.holdMany(tenant, [asked]);
      expect(await books.holdOf(tenant, asked.jobId)).toMatchObject({
        id: asked.holdId,
        state: 'open',
        amountMilli: 1500n,
        quote: asked.quote,
        priceListVersion: 1,
        dimensions: asked.dimensions,
      });
    });
    it('a job holds once: the second hold fails whole', async () => {
      const tenant = newId();
      const asked = aHold(1000n);
      await books.holdMany(tenant, [asked]);
      await expect(books.holdMany(tenant, [aHold(1n), { ...asked, holdId: newId() }])).rejects.toMatchObject({ code: 'already_held' });
      expect(await summary(tenant)).toEqual([99_000n, 1000n]);
    });
    it('200 concurrent claimants of 100 credits get exactly 100 credits', async () => {
      const tenant = newId();
      const outcomes = (await Promise.all(Array.from({ length: 200 }, () => books.hold(tenant, 1000n)))).flat();
      expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(100);
      expect(await summary(tenant)).toEqual([0n, 100_000n]);
      await books.prove();
    });
    it('200 concurrent batches of different sizes never overdraw, nor leave room that one of them would have fitted into', async () => {
      const tenant = newId();
      const outcomes = (
        await Promise.all(Array.from({ length: 200 }, (_, i) => books.hold(tenant, BigInt((i % 7) * 300 + 100), BigInt((i % 11) * 200 + 50))))
      ).flat();
      const [available, held] = await summary(tenant);
      expect(available + held).toBe(100_000n);
      expect(available).toBeLessThan(50n);
      expect(outcomes.length).toBe(400);
      await books.prove();
    });
    it('spends by priority, then earliest expiry; one that never ends comes last', async () => {
      const tenant = newId();
      const late = await books.grant(tenant, 10_000n, 72);
      const soon = await books.grant(tenant, 10_000n, 48);
      const plan = (await books.balance(tenant)).grants[0]!.id;
      expect((await books.balance(tenant)).grants.map((grant) => grant.id)).toEqual([plan, soon, late]);
      const jobId = await books.job(tenant, 115_000n);
      expect((await books.allocations(tenant, jobId)).map(({ grantId, amountMilli }) => [grantId, amountMilli])).toEqual([
        [plan, 100_000n],
        [soon, 10_000n],
        [late, 5000n],
      ]);
    });
    it('never spends a grant whose time is over, although no sweep has passed', async () => {
      const tenant = newId();
      await books.grant(tenant, 5000n);
      await books.letExpire(tenant);
      expect(await books.hold(tenant, 5001n, 5000n)).toMatchObject([
        { ok: false, availableMilli: 5000n },
        { ok: true, availableMilli: 0n },
      ]);
    });
    it('of another tenant are out of reach', async () => {
      const [ada, bob] = [newId(), newId()];
      const asked = aHold(1000n);
      await books.holdMany(ada, [asked]);
      await books.balance(bob);
      await expect(
        books.tx.run({ tenantId: bob }, (em) =>
          em.query('SELECT ledger_hold($1, $2)', [
            ada,
            JSON.stringify([{ jobId: newId(), holdId: newId(), amountMilli: '1', operation: 'x', userId: newId(), quote: {} }]),
          ]),
        ),
      ).rejects.toThrow(/row-level security/);
      expect(await books.settle(bob, asked.jobId, 1000n)).toBeNull();
      expect(await summary(ada)).toEqual([99_000n, 1000n]);
    });
  });

  describe('extend', () => {
    it('takes more, whole or not at all', async () => {
      const tenant = newId();
      const jobId = await books.job(tenant, 90_000n);
      expect(await books.extend(tenant, jobId, 10_001n)).toBe(false);
      expect(await books.extend(tenant, jobId, 4000n)).toBe(true);
      expect(await books.extend(tenant, jobId, 6000n)).toBe(true);
      expect(await summary(tenant)).toEqual([0n, 100_000n]);
      expect(await books.settle(tenant, jobId, 100_000n)).toMatchObject({ settled: true, heldMilli: 100_000n, chargedMilli: 100_000n, returnedMilli: 0n });
      expect(await books.extend(tenant, jobId, 1n)).toBe(false);
    });
  });

  describe('settle and void', () => {
    it('charges part and returns the rest', async () => {
      const tenant = newId();
      const jobId = await books.job(tenant, 10_000n);
      expect(await books.settle(tenant, jobId, 2500n)).toEqual({ settled: true, heldMilli: 10_000n, chargedMilli: 2500n, returnedMilli: 7500n });
      expect(await summary(tenant)).toEqual([97_500n, 0n]);
      expect(await books.holdOf(tenant, jobId)).toMatchObject({ state: 'settled', chargedMilli: 2500n, reason: 'done' });
    });
    it('happens once under any concurrency: everyone else learns what happened', async () => {
      const tenant = newId();
      const jobId = await books.job(tenant, 10_000n);
      const closings = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? books.void(tenant, jobId) : books.settle(tenant, jobId, 7000n))));
      const won = closings.filter((closing) => closing!.settled);
      expect(won).toHaveLength(1);
      expect(new Set(closings.map((closing) => closing!.chargedMilli))).toEqual(new Set([won[0]!.chargedMilli]));
      expect(await summary(tenant)).toEqual([100_000n - won[0]!.chargedMilli, 0n]);
      await books.prove();
    });
    it('never charges more than is held, and leaves the hold open', async () => {
      const tenant = newId();
      const jobId = await books.job(tenant, 1000n);
      await expect(books.settle(tenant, jobId, 1001n)).rejects.toMatchObject({ code: 'charge_exceeds_hold' });
      await expect(books.settle(tenant, jobId, -1n)).rejects.toMatchObject({ code: 'charge_exceeds_hold' });
      expect(await books.holdOf(tenant, jobId)).toMatchObject({ state: 'open' });
    });
    it('uses allocations up in burn order and returns the rest to the very grants it came from', async () => {
      const tenant = newId();
      const gift = await books.grant(tenant, 50_000n, 48);
      const jobId = await books.job(tenant, 130_000n);
      await books.settle(tenant, jobId, 110_000n);
      expect((await books.balance(tenant)).grants).toMatchObject([{ id: gift, remainingMilli: 40_000n }]);
      expect((await books.allocations(tenant, jobId)).map((a) => a.chargedMilli)).toEqual([100_000n, 10_000n]);
    });
    it('what returns to an expired grant is breakage', async () => {
      const tenant = newId();
      const jobId = await books.job(tenant, 20_000n);
      await books.letExpire(tenant);
      expect(await books.settle(tenant, jobId, 5000n)).toMatchObject({ settled: true, chargedMilli: 5000n, returnedMilli: 15_000n });
      expect(await summary(tenant)).toEqual([0n, 0n]);
      expect((await books.entries(tenant)).slice(0, 2).map(({ to, amountMilli }) => [to, amountMilli])).toEqual([
        ['breakage', 15_000n],
        ['revenue', 5000n],
      ]);
    });
    it('unless the end was our fault: then it stays spendable for 24 hours, and expires again', async () => {
      const tenant = newId();
      const jobId = await books.job(tenant, 20_000n);
      await books.letExpire(tenant);
      await books.void(tenant, jobId, true);
      const { availableMilli, grants } = await books.balance(tenant);
      expect(availableMilli).toBe(20_000n);
      expect(Math.abs(grants[0]!.expiresAt!.getTime() - Date.now() - 24 * 3_600_000)).toBeLessThan(60_000);
      await books.letExpire(tenant);
      expect(await summary(tenant)).toEqual([0n, 0n]);
      await books.prove();
    });
  });

  describe('credits that our fault gave back', () => {
    /** A job held by the plan's grant ended by our fault after that grant had expired, so that it was opened again; a second job holds of it. */
    const reopened = async (tenant: string): Promise<string> => {
      const first = await books.job(tenant, 20_000n);
      await books.letExpire(tenant);
      await books.void(tenant, first, true);
      return books.job(tenant, 5000n);
    };
    it('stay spendable for 24 hours after the last of our faults', async () => {
      const tenant = newId();
      const second = await reopened(tenant);
      await books.db.sql(`UPDATE credit_grant SET expires_at = now() + interval '5 minutes' WHERE tenant_id = $1`, [tenant]);
      await books.void(tenant, second, true);
      const { grants } = await books.balance(tenant);
      expect(grants).toMatchObject([{ remainingMilli: 20_000n }]);
      expect(Math.abs(grants[0]!.expiresAt!.getTime() - Date.now() - 24 * 3_600_000)).toBeLessThan(60_000);
      await books.prove();
    });
    it('outlive a change of plan', async () => {
      const tenant = newId();
      await reopened(tenant);
      await books.tx.run({ tenantId: tenant }, (em) => em.query(`SELECT ledger_change_plan($1, 'pro', 1, $1)`, [tenant]));
      expect((await books.balance(tenant)).grants.map(({ remainingMilli }) => remainingMilli).sort()).toEqual([15_000n, 5_000_000n]);
      await books.prove();
    });
    it('do not get longer than they were: a grant that never expired keeps its date', async () => {
      const tenant = newId();
      const jobId = await books.job(tenant, 1000n);
      const before = (await books.balance(tenant)).grants[0]!.expiresAt;
      await books.void(tenant, jobId, true);
      expect((await books.balance(tenant)).grants[0]!.expiresAt).toEqual(before);
    });
  });

  describe('the book itself', () => {
    it('cannot be changed, by nobody', async () => {
      const tenant = newId();
      await books.hold(tenant, 1000n);
      for (const statement of ['UPDATE ledger_entry SET amount_milli = 1', 'DELETE FROM ledger_entry']) {
        await expect(books.db.as('app', tenant, statement)).rejects.toThrow(/permission denied/);
        await expect(books.db.as('system', null, statement)).rejects.toThrow(/permission denied/);
        await expect(books.db.sql(statement)).rejects.toThrow(/append-only/);
      }
      await expect(books.db.sql('TRUNCATE ledger_entry')).rejects.toThrow(/append-only/);
    });
    it('refuses an entry between accounts that its kind does not know', async () => {
      const tenant = newId();
      await expect(
        books.db.as(
          'app',
          tenant,
          `INSERT INTO ledger_entry (tenant_id, seq, ref, kind, from_account, to_account, amount_milli) VALUES ($1, 1, $1, 'hold', 'granted', 'held', 5)`,
          [tenant],
        ),
      ).rejects.toThrow(/check constraint/);
    });
    it('is sealed into a chain by several sealers at once, and the chain tells when an entry was altered', async () => {
      const tenant = newId();
      for (let i = 0; i < 5; i++) await books.hold(tenant, 1n, 2n, 3n);
      await Promise.all(Array.from({ length: 6 }, () => books.db.as('system', null, 'SELECT ledger_seal_entries($1, 4)', [tenant])));
      while ((await books.db.as<{ n: number }>('system', null, 'SELECT ledger_seal_entries($1, 4) AS n', [tenant]))[0]!.n > 0);
      const seals = await books.db.sql<{ from_seq: string; to_seq: string }>(
        'SELECT from_seq, to_seq FROM ledger_seal WHERE tenant_id = $1 ORDER BY from_seq',
        [tenant],
      );
      expect(seals).toEqual(
        [
          ['1', '4'],
          ['5', '8'],
          ['9', '12'],
          ['13', '16'],
        ].map(([from_seq, to_seq]) => ({ from_seq, to_seq })),
      );
      await books.prove();
      await books.db.sql('ALTER TABLE ledger_entry DISABLE TRIGGER append_only');
      await books.db.sql('UPDATE ledger_entry SET amount_milli = amount_milli + 1 WHERE tenant_id = $1 AND seq = 6', [tenant]);
      expect(await books.db.as('system', null, LEDGER_INVARIANTS['ledger.seals_match']!)).toMatchObject([{ tenant_id: tenant, from_seq: '5' }]);
      expect(await books.db.as('system', null, LEDGER_INVARIANTS['ledger.wallet_is_sum_of_entries']!)).toMatchObject([{ tenant_id: tenant }]);
      await books.db.sql('UPDATE ledger_entry SET amount_milli = amount_milli - 1 WHERE tenant_id = $1 AND seq = 6', [tenant]);
      await books.db.sql('ALTER TABLE ledger_entry ENABLE TRIGGER append_only');
    });
  });
});
