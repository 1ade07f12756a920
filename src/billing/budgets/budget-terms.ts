import { invalid, type FieldFault } from '../../platform/errors/index.js';
import { parseCredits } from '../plans/index.js';
import { dollarsToMilli, type BudgetLimit, type BudgetTerms } from './budget.js';
import { limitOnce, limitTooSmall } from './budgets.errors.js';

interface LimitWish {
  limit?: string;
  limitMicros?: string;
}

/** The limit as it is kept, dollars at what a credit is worth to the tenant; faults instead when there is none, two, or nothing in it. */
export function readLimit({ limit, limitMicros }: LimitWish, creditMicros: bigint): { limit: BudgetLimit | null; faults: FieldFault[] } {
  if ((limit === undefined) === (limitMicros === undefined)) return { limit: null, faults: [limitOnce()] };
  const micros = limitMicros === undefined ? null : BigInt(limitMicros);
  const limitMilli = micros === null ? parseCredits(limit!) : dollarsToMilli(micros, creditMicros);
  if (limitMilli <= 0n) return { limit: null, faults: [limitTooSmall(micros === null ? '/limit' : '/limitMicros')] };
  return { limit: { limitMilli, limitMicros: micros, creditMicros: micros === null ? null : creditMicros }, faults: [] };
}

interface Change extends LimitWish {
  name?: string;
  mode?: 'soft' | 'hard';
  thresholds?: number[];
  forecast?: boolean;
}

/** The terms after a change. @throws 422 */
export function termsOf(before: BudgetTerms, change: Change, creditMicros: bigint): BudgetTerms {
  const named = change.limit !== undefined || change.limitMicros !== undefined;
  const { limit, faults } = named ? readLimit(change, creditMicros) : { limit: before, faults: [] };
  if (faults.length > 0) throw invalid(faults);
  return {
    name: change.name ?? before.name,
    hard: change.mode === undefined ? before.hard : change.mode === 'hard',
    thresholds: (change.thresholds ?? before.thresholds).toSorted((a, b) => a - b),
    forecast: change.forecast ?? before.forecast,
    limitMilli: limit!.limitMilli,
    limitMicros: limit!.limitMicros,
    creditMicros: limit!.creditMicros,
  };
}
