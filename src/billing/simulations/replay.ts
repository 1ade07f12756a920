import { quote, type PriceList, type QuoteJson } from '../pricing/index.js';

/** A job that ended in the period: what it was quoted and charged, and what it cost the house (wasted attempts included). */
export interface EndedJob {
  tenantId: string;
  jobId: string;
  /** ISO 8601 with microseconds. */
  closedAt: string;
  chargedMilli: bigint;
  quote: Pick<QuoteJson, 'items' | 'totalMilli'>;
  costMicros: bigint;
}

/** What a tenant paid, and would have paid. Milli-credits as integer strings, as stored. */
export interface TenantChange {
  tenantId: string;
  jobs: number;
  beforeMilli: string;
  afterMilli: string;
}

/** How far a replay has come. Of the tenants only the one being counted and the extremes are kept, so its size does not grow with the period. */
export interface Replay {
  cursor: { tenantId: string; closedAt: string; jobId: string } | null;
  jobs: number;
  /** Jobs whose items the draft cannot price; they count with their old charge. */
  unpriced: number;
  beforeMilli: string;
  afterMilli: string;
  costMicros: string;
  current: TenantChange | null;
  /** Tenants that would have paid less; the largest difference first. */
  winners: TenantChange[];
  /** Tenants that would have paid more; the largest difference first. */
  losers: TenantChange[];
}

export const EXTREMES = 20;

export const NOTHING_REPLAYED: Replay = {
  cursor: null,
  jobs: 0,
  unpriced: 0,
  beforeMilli: '0',
  afterMilli: '0',
  costMicros: '0',
  current: null,
  winners: [],
  losers: [],
};

/**
 * The charge of a job by the draft: the same share of the new quote that was charged of the old one (partial deliveries, cancels, faults of
 * ours), rounded down as shares are. Null: the draft cannot price it.
 */
export function chargeBy(draft: PriceList, job: Pick<EndedJob, 'chargedMilli' | 'quote'>): bigint | null {
  let total: bigint;
  try {
    total = quote(draft, job.quote.items).totalMilli;
  } catch {
    return null;
  }
  const quoted = BigInt(job.quote.totalMilli);
  // Of nothing there is no share: what was free stays free.
  return quoted === 0n ? job.chargedMilli : (job.chargedMilli * total) / quoted;
}

/** Counts the next jobs, which come ordered by tenant. Pure. */
export function advance(replay: Replay, draft: PriceList, jobs: readonly EndedJob[]): Replay {
  const next = structuredClone(replay);
  for (const job of jobs) {
    if (next.current?.tenantId !== job.tenantId) closeTenant(next, { tenantId: job.tenantId, jobs: 0, beforeMilli: '0', afterMilli: '0' });
    const charge = chargeBy(draft, job);
    const after = charge ?? job.chargedMilli;
    next.jobs += 1;
    next.unpriced += charge === null ? 1 : 0;
    next.costMicros = plus(next.costMicros, job.costMicros);
    for (const sums of [next, next.current!]) {
      sums.beforeMilli = plus(sums.beforeMilli, job.chargedMilli);
      sums.afterMilli = plus(sums.afterMilli, after);
    }
    next.current!.jobs += 1;
    next.cursor = { tenantId: job.tenantId, closedAt: job.closedAt, jobId: job.jobId };
  }
  return next;
}

/** Counts the last tenant as well. Pure. */
export function finish(replay: Replay): Replay {
  const last = structuredClone(replay);
  closeTenant(last, null);
  return last;
}

export const difference = (change: TenantChange): bigint => BigInt(change.afterMilli) - BigInt(change.beforeMilli);

function closeTenant(replay: Replay, following: TenantChange | null): void {
  if (replay.current) {
    const by = difference(replay.current);
    if (by > 0n) replay.losers = largest([...replay.losers, replay.current]);
    if (by < 0n) replay.winners = largest([...replay.winners, replay.current]);
  }
  replay.current = following;
}

const size = (change: TenantChange): bigint => {
  const by = difference(change);
  return by < 0n ? -by : by;
};
const largest = (changes: TenantChange[]): TenantChange[] =>
  changes.toSorted((a, b) => (size(a) === size(b) ? a.tenantId.localeCompare(b.tenantId) : size(a) < size(b) ? 1 : -1)).slice(0, EXTREMES);

const plus = (sum: string, more: bigint): string => String(BigInt(sum) + more);
