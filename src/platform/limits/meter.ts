/** How often somebody may do something. */
export interface Rate {
  limit: number;
  windowMs: number;
}

/** What is kept of one caller between two questions; what the numbers mean is the algorithm's. All whole. */
export interface Meter {
  /** Milliseconds of the store's clock. */
  at: number;
  used: number;
  before: number;
}

export interface Verdict {
  allowed: boolean;
  /** Calls that would be let through right now. */
  remaining: number;
  /** Milliseconds until all of the limit is free again. */
  resetMs: number;
  /** Milliseconds until the next call would be let through; 0 when one would be now. */
  retryAfterMs: number;
}

/**
 * A way to count. Pure; the same rules are written in SQL (`limit_step`) and in Lua (`redis-script.ts`), and tests hold the three against each other.
 * With the clock standing still exactly `limit` calls pass; over any stretch of `t` at most `limit × (1 + t / windowMs)`, rounded up. A refused call costs nothing.
 */
export interface Algorithm {
  /** `returned` calls are taken back first, then as many of the `asked` ones let through as fit. */
  step(meter: Meter | undefined, nowMs: number, rate: Rate, asked: number, returned?: number): { meter: Meter; granted: number };
  /** What a meter that was just stepped at `nowMs` says to who comes next. */
  outlook(meter: Meter, nowMs: number, rate: Rate): Omit<Verdict, 'allowed'>;
}
