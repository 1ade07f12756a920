import type { Algorithm } from './meter.js';

/**
 * Generic cell rate algorithm, in its meter form: a burst of `limit` is let through, then calls as fast as they drain. `used` is debt: a call adds
 * `windowMs`, a millisecond takes `limit` away. Whole numbers, so that N calls are exactly N.
 */
export const gcra: Algorithm = {
  step(meter, nowMs, { limit, windowMs }, asked, returned = 0) {
    const now = Math.floor(nowMs);
    const brim = limit * windowMs;
    const elapsed = meter ? Math.min(Math.max(0, now - meter.at), windowMs) : 0;
    // The brim caps what is owed when the plan's limit has become smaller in between.
    const debt = Math.max(0, Math.min(meter?.used ?? 0, brim) - elapsed * limit - returned * windowMs);
    const granted = Math.min(asked, Math.floor((brim - debt) / windowMs));
    return { meter: { at: Math.max(now, meter?.at ?? now), used: debt + granted * windowMs, before: 0 }, granted };
  },
  outlook({ used }, _nowMs, { limit, windowMs }) {
    const brim = limit * windowMs;
    return {
      remaining: Math.floor((brim - used) / windowMs),
      resetMs: limit > 0 ? Math.ceil(used / limit) : windowMs,
      retryAfterMs: limit > 0 ? Math.max(0, Math.ceil((used + windowMs - brim) / limit)) : windowMs,
    };
  },
};
