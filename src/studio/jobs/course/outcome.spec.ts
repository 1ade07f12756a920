import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeOf, type UnitResult } from './outcome.js';

const done: UnitResult = { state: 'done', stepsDone: 20, stepsTotal: 20 };
const canceled = (steps = 0): UnitResult => ({ state: 'canceled', stepsDone: steps, stepsTotal: 20 });
const failed = (errorClass: UnitResult['errorClass'], steps = 0): UnitResult => ({ state: 'failed', errorClass, stepsDone: steps, stepsTotal: 20 });

describe('who pays when', () => {
  it('a job that delivers everything costs the listed price', () => {
    expect(outcomeOf(4000n, [done, done], false, true)).toEqual({ status: 'succeeded', rule: 'delivered', chargeMilli: 4000n, ourFault: false });
  });

  it('a batch with at least one picture succeeds and is charged per delivered picture', () => {
    expect(outcomeOf(4000n, [done, failed('task'), failed('input', 10), done], false, true)).toMatchObject({
      status: 'succeeded',
      rule: 'delivered_in_part',
      chargeMilli: 2000n,
    });
  });

  it('a job cancelled before it starts costs nothing', () => {
    expect(outcomeOf(4000n, [canceled(), canceled()], true, false)).toMatchObject({ status: 'canceled', rule: 'canceled_before_start', chargeMilli: 0n });
  });

  it('a job cancelled while running costs its finished units only', () => {
    expect(outcomeOf(4000n, [done, canceled(19), canceled(), canceled()], true, true)).toMatchObject({
      status: 'canceled',
      rule: 'canceled_running',
      chargeMilli: 1000n,
    });
  });

  it('a cancel that finds everything done changes nothing', () => {
    expect(outcomeOf(1000n, [done], true, true)).toMatchObject({ status: 'succeeded', chargeMilli: 1000n });
  });

  it.each(['task', 'box'] as const)('a job that fails by our fault (%s) costs nothing, and says that it was ours', (fault) => {
    expect(outcomeOf(1000n, [failed(fault, 19)], false, true)).toEqual({ status: 'failed', rule: 'failed_by_platform', chargeMilli: 0n, ourFault: true });
  });

  it('a job that fails by its input costs the share of the work done', () => {
    expect(outcomeOf(1000n, [failed('input', 5)], false, true)).toMatchObject({ status: 'failed', rule: 'failed_by_input', chargeMilli: 250n });
    expect(outcomeOf(1000n, [failed('input', 20), failed('box', 20)], false, true)).toMatchObject({ chargeMilli: 500n });
  });

  it('shares round down', () => {
    expect(outcomeOf(1000n, [done, done, failed('task')], false, true).chargeMilli).toBe(666n);
  });
});

it('no outcome costs more than the listed price, and what is ours costs nothing', () => {
  const unit = fc.record({
    state: fc.constantFrom('done' as const, 'failed' as const, 'canceled' as const),
    errorClass: fc.constantFrom(undefined, 'input' as const, 'task' as const, 'box' as const),
    stepsDone: fc.integer({ min: -5, max: 500 }),
    stepsTotal: fc.integer({ min: 0, max: 150 }),
  });
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 9n }),
      fc.array(unit, { minLength: 1, maxLength: 80 }),
      fc.boolean(),
      fc.boolean(),
      (listed, units, cancel, started) => {
        const outcome = outcomeOf(listed, units, cancel, started);
        expect(outcome.chargeMilli).toBeGreaterThanOrEqual(0n);
        expect(outcome.chargeMilli).toBeLessThanOrEqual(listed);
        if (outcome.ourFault) expect(outcome.chargeMilli).toBe(0n);
      },
    ),
  );
});
