import { invalid, type FieldFault } from '../../platform/errors/index.js';
import { formatCredits } from '../plans/index.js';
import { PACKS, type PackId } from './packs.js';

/** What a tenant wants to be bought for it. */
export interface TopUpTerms {
  enabled: boolean;
  /** Below this balance. */
  thresholdMilli: bigint;
  pack: PackId;
  /** For all top-ups of any 24 hours. */
  dayMaxMicros: bigint;
  /** From one that was paid to the next. */
  coolDownMinutes: number;
}

export interface TopUp extends TopUpTerms {
  /** In a row. */
  declines: number;
  /** After a decline. */
  notBefore: Date | null;
  /** Why it switched itself off. */
  stoppedBecause: string | null;
}

export const COOL_DOWN_MAX_MINUTES = 1440;
export const THRESHOLD_MAX_MILLI = 1_000_000_000n;

/** What is shown before anybody set it. */
export const NO_TOP_UP: TopUp = {
  enabled: false,
  thresholdMilli: 100_000n,
  pack: '500',
  dayMaxMicros: 50_000_000n,
  coolDownMinutes: 10,
  declines: 0,
  notBefore: null,
  stoppedBecause: null,
};

const HOUR_S = 3600;
/** Waits after the first and the second decline in a row; the third switches it off. */
const BACKOFF_S = [HOUR_S, 6 * HOUR_S];

/** How long it waits after so many declines in a row; null: it stops. */
export const waitAfter = (declines: number): number | null => BACKOFF_S[declines - 1] ?? null;

/** @throws 422 with every fault */
export function checkTopUp({ thresholdMilli, pack, dayMaxMicros }: TopUpTerms): void {
  const faults: FieldFault[] = [];
  if (thresholdMilli <= 0n || thresholdMilli > THRESHOLD_MAX_MILLI)
    faults.push({
      pointer: '/threshold',
      code: 'threshold_out_of_range',
      message: 'The threshold must be above 0.',
      fix: `Use an amount up to ${formatCredits(THRESHOLD_MAX_MILLI)} credits.`,
    });
  const price = PACKS[pack].priceMicros;
  if (dayMaxMicros < price)
    faults.push({
      pointer: '/dayMaxMicros',
      code: 'day_max_too_small',
      message: `A pack of ${pack} credits costs more than the day allows, so it could never be bought.`,
      fix: `Allow at least ${price}, or choose a smaller pack.`,
    });
  if (faults.length > 0) throw invalid(faults);
}
