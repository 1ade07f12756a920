import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/platform/ids/index.js';
import { aHold, Books } from './books.js';
import { LedgerModel } from './ledger-model.js';

type Step =
  | { do: 'grant'; amount: bigint; hours: number }
  | { do: 'hold'; amounts: bigint[] }
  | { do: 'extend'; job: number; more: bigint }
  | { do: 'settle'; job: number; thousandths: bigint; ourFault: boolean }
  | { do: 'void'; job: number; ourFault: boolean }
  | { do: 'expire'; grant: number };

const amount = fc.bigInt({ min: 0n, max: 60_000n });
const index = fc.nat({ max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('grant' as const), amount: fc.bigInt({ min: 1n, max: 50_000n }), hours: fc.integer({ min: 48, max: 5000 }) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('hold' as const), amounts: fc.array(amount, { minLength: 1, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('extend' as const), job: index, more: fc.bigInt({ min: 1n, max: 30_000n }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('settle' as const), job: index, thousandths: fc.bigInt({ min: 0n, max: 1000n }), ourFault: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('void' as const), job: index, ourFault: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), grant: index }) },
);

describe('any sequence of grants, holds, extensions, settlements, voids and expiries', () => {
  let books: Books;
  beforeAll(async () => {
    books = await Books.open();
  });
  afterAll(() => books.close());

  /** Does one step on both, and checks that both say the same about it. */
  async function perform(step: Step, tenant: string, model: LedgerModel, jobs: string[]): Promise<void> {
    const job = 'job' in step ? jobs[step.job % jobs.length] : undefined;
    if ('job' in step && job === undefined) return;
    switch (step.do) {
      case 'grant':
        return void model.grant(await books.grant(tenant, step.amount, step.hours), 20, step.amount, step.hours);
      case 'hold': {
        const asked = step.amounts.map((amount) => aHold(amount));
        const outcomes = await books.holdMany(tenant, asked);
        expect(outcomes.map((outcome) => [outcome.jobId, outcome.ok])).toEqual(asked.map((hold) => [hold.jobId, model.hold(hold.jobId, hold.amountMilli)]));
        jobs.push(...outcomes.filter((outcome) => outcome.ok).map((outcome) => outcome.jobId));
        return;
      }
      case 'extend':
        return expect(await books.extend(tenant, job!, step.more)).toBe(model.extend(job!, step.more));
      case 'settle': {
        const charge = (model.holds.get(job!)!.amount * step.thousandths) / 1000n;
        return expect((await books.settle(tenant, job!, charge, step.ourFault))!.settled).toBe(model.close(job!, charge, step.ourFault));
      }
      case 'void':
        return expect((await books.void(tenant, job!, step.ourFault))!.settled).toBe(model.close(job!, 0n, step.ourFault));
      case 'expire': {
        const { id } = model.grants[step.grant % model.grants.length]!;
        await books.db.sql(
          `UPDATE credit_grant SET expires_at = clock_timestamp() - interval '1 hour' WHERE tenant_id = $1 AND id = $2 AND expired_at IS NULL`,
          [tenant, id],
        );
        await books.db.sql(`UPDATE wallet SET due_at = '-infinity' WHERE tenant_id = $1`, [tenant]);
        return model.expire(id);
      }
    }
  }

  it('leaves the balances, grants and holds that a plain model of the rules predicts, and breaks no invariant', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const tenant = newId();
        const model = new LedgerModel();
        const jobs: string[] = [];
        const [plan] = (await books.balance(tenant)).grants;
        model.grant(plan!.id, 10, plan!.amountMilli, 700);
        for (const step of steps) {
          await perform(step, tenant, model, jobs);
          const balance = await books.balance(tenant);
          expect([balance.availableMilli, balance.heldMilli]).toEqual([model.available, model.held]);
          expect(balance.grants.map((grant) => [grant.id, grant.remainingMilli])).toEqual(model.spendable.map((grant) => [grant.id, grant.remaining]));
        }
        const entries = await books.entries(tenant);
        const into = (account: string): bigint => entries.reduce((sum, entry) => sum + (entry.to === account ? entry.amountMilli : 0n), 0n);
        expect([into('revenue'), into('breakage')]).toEqual([model.revenue, model.breakage]);
        for (const [jobId, hold] of model.holds) {
          const stored = await books.holdOf(tenant, jobId);
          expect([stored.amountMilli, stored.chargedMilli, stored.state === 'open']).toEqual([hold.amount, hold.charged, hold.open]);
        }
        await books.prove();
      }),
      { numRuns: 60 },
    );
  }, 180_000);
});
