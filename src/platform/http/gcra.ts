/** What one caller owes, between two calls. */
export interface Meter {
  /** Milliseconds of the clock at the last call. */
  at: number;
  /** A call adds `windowMs`; a millisecond takes `limit` away. Whole numbers, so that N calls are exactly N. */
  debt: number;
}
export interface Rate {
  limit: number;
  windowMs: number;
}
export interface Verdict {
  allowed: boolean;
  /** Calls that would be let through right now. */
  remaining: number;
  /** Milliseconds until all of the limit is free again. */
  resetMs: number;
  /** Milliseconds until this call would be let through; 0 when it was. */
  retryAfterMs: number;
}

/**
 * Generic cell rate algorithm, in its meter form: a burst of `limit` is let through, then calls as fast as they drain. With the clock standing
 * still exactly `limit` calls pass; over any stretch of `t` at most `limit + t × limit / windowMs`. A refused call costs nothing.
 */
export function gcra(meter: Meter | undefined, nowMs: number, { limit, windowMs }: Rate, calls = 1): { verdict: Verdict; meter: Meter } {
  const now = Math.floor(nowMs);
  const brim = limit * windowMs;
  const elapsed = meter ? Math.min(Math.max(0, now - meter.at), windowMs) : 0;
  // The brim caps what is owed when the plan's limit has become smaller in between.
  const before = Math.max(0, Math.min(meter?.debt ?? 0, brim) - elapsed * limit);
  const after = before + calls * windowMs;
  const allowed = after <= brim;
  const debt = allowed ? after : before;
  const verdict: Verdict = {
    allowed,
    remaining: Math.floor((brim - debt) / windowMs),
    resetMs: limit > 0 ? Math.ceil(debt / limit) : windowMs,
    retryAfterMs: allowed ? 0 : limit >= calls ? Math.ceil((after - brim) / limit) : windowMs,
  };
  return { verdict, meter: { at: Math.max(now, meter?.at ?? now), debt } };
}
