import type { TaskErrorClass } from '@atelier/contracts';

/** How one unit (one picture) ended. Steps are those of its last attempt. */
export interface UnitResult {
  state: 'done' | 'failed' | 'canceled';
  /** Whose fault a failure is; `input` is the user's, the others are ours. */
  errorClass?: TaskErrorClass;
  stepsDone: number;
  stepsTotal: number;
}

/** The rules of who pays when, each with the sentence the log and the explanation show. */
export const PAYMENT_RULES = {
  delivered: 'Everything was delivered: the listed price.',
  delivered_in_part: 'A part was delivered: the listed price of what was delivered.',
  canceled_before_start: 'Cancelled before work began: nothing.',
  canceled_running: 'Cancelled while running: the listed price of what was finished.',
  failed_by_platform: 'Our fault: nothing.',
  failed_by_input: 'The input could not be used: the share of the work that was done on it.',
} as const;
export type PaymentRule = keyof typeof PAYMENT_RULES;

export interface Outcome {
  status: 'succeeded' | 'failed' | 'canceled';
  rule: PaymentRule;
  /** Never more than the listed price. */
  chargeMilli: bigint;
  /** True: what returns to an expired grant stays spendable for a day. */
  ourFault: boolean;
}

/** Shares round down: a fraction of a milli-credit is never charged. */
const share = (listedMilli: bigint, part: number, whole: number): bigint => (whole <= 0 ? 0n : (listedMilli * BigInt(part)) / BigInt(whole));

/** The work done on units that failed by their input, as a share of the listed price. */
function meteredShare(listedMilli: bigint, units: readonly UnitResult[]): bigint {
  let sum = 0n;
  for (const unit of units) {
    if (unit.state !== 'failed' || unit.errorClass !== 'input') continue;
    const total = Math.max(0, Math.trunc(unit.stepsTotal));
    sum += share(listedMilli, Math.min(Math.max(0, Math.trunc(unit.stepsDone)), total), total * units.length);
  }
  return sum;
}

/**
 * Decides how a job whose units have all ended ends itself, and what it costs. One delivered unit makes a success; a cancel counts only where
 * it stopped something.
 */
export function outcomeOf(listedMilli: bigint, units: readonly UnitResult[], cancelRequested: boolean, started: boolean): Outcome {
  const done = units.filter((unit) => unit.state === 'done').length;
  if (cancelRequested && units.some((unit) => unit.state === 'canceled')) {
    return {
      status: 'canceled',
      rule: started ? 'canceled_running' : 'canceled_before_start',
      chargeMilli: share(listedMilli, done, units.length),
      ourFault: false,
    };
  }
  if (done > 0) {
    const whole = done === units.length;
    return {
      status: 'succeeded',
      rule: whole ? 'delivered' : 'delivered_in_part',
      chargeMilli: whole ? listedMilli : share(listedMilli, done, units.length),
      ourFault: false,
    };
  }
  if (units.some((unit) => unit.errorClass === 'input')) {
    return { status: 'failed', rule: 'failed_by_input', chargeMilli: meteredShare(listedMilli, units), ourFault: false };
  }
  return { status: 'failed', rule: 'failed_by_platform', chargeMilli: 0n, ourFault: true };
}
