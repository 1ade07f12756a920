import type { Algorithm, Meter, Rate } from './meter.js';

/**
 * A sliding window of two cells. `at` is the start of the present cell, `used` its calls, `before` those of the cell before it, which count in
 * proportion to how much of that cell the window still covers. The first call after a pause begins a cell.
 */
export const slidingWindow: Algorithm = {
  step(meter, nowMs, rate, asked, returned = 0) {
    const now = Math.max(Math.floor(nowMs), meter?.at ?? 0);
    const cell = roll(meter, now, rate.windowMs);
    const used = Math.max(0, cell.used - returned);
    const granted = Math.max(0, Math.min(asked, Math.floor(free({ ...cell, used }, now, rate) / rate.windowMs)));
    return { meter: { ...cell, used: used + granted }, granted };
  },
  outlook(meter, nowMs, rate) {
    const { limit, windowMs } = rate;
    const now = Math.max(Math.floor(nowMs), meter.at);
    const left = windowMs - (now - meter.at);
    const remaining = Math.max(0, Math.floor(free(meter, now, rate) / windowMs));
    const resetMs = meter.used > 0 ? left + windowMs : meter.before > 0 ? left : 0;
    return { remaining, resetMs, retryAfterMs: remaining > 0 ? 0 : waitFor(meter, left, limit, windowMs) };
  },
};

function roll(meter: Meter | undefined, now: number, windowMs: number): Meter {
  if (!meter || now - meter.at >= 2 * windowMs || (meter.used === 0 && meter.before === 0)) return { at: now, used: 0, before: 0 };
  return now - meter.at < windowMs ? meter : { at: meter.at + windowMs, used: 0, before: meter.used };
}

/** What is free, times the window: whole numbers as long as nothing is divided. */
function free({ at, used, before }: Meter, now: number, { limit, windowMs }: Rate): number {
  return (limit - used) * windowMs - before * (windowMs - (now - at));
}

/** A call fits once `calls` counted ones weigh no more than `limit - 1`: in this cell if enough of the cell before it goes, else in the next. */
function waitFor({ used, before }: Meter, left: number, limit: number, windowMs: number): number {
  if (limit < 1) return windowMs;
  if (used < limit) return Math.max(0, left - Math.floor(((limit - 1 - used) * windowMs) / before));
  return left + Math.max(0, windowMs - Math.floor(((limit - 1) * windowMs) / used));
}
