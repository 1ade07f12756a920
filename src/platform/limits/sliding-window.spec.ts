import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Meter } from './meter.js';
import { slidingWindow } from './sliding-window.js';

const hour = 3_600_000;

/** What passes of one call at each of these instants. */
function run(limit: number, times: readonly number[]): number[] {
  let meter: Meter | undefined;
  return times.filter((at) => {
    const step = slidingWindow.step(meter, at, { limit, windowMs: hour }, 1);
    meter = step.meter;
    return step.granted === 1;
  });
}

describe('sliding window of two cells', () => {
  it('with the clock stopped exactly N calls pass a limit of N, one by one or together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2000 }), fc.nat(2_000_000_000_000), (limit, now) => {
        expect(
          run(
            limit,
            Array.from({ length: limit + 5 }, () => now),
          ),
        ).toHaveLength(limit);
        expect(slidingWindow.step(undefined, now, { limit, windowMs: hour }, limit + 5).granted).toBe(limit);
      }),
      { numRuns: 30 },
    );
  });
  it('over any stretch of t at most ⌈N·(1 + t/window)⌉ pass', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(fc.oneof(fc.nat(900), fc.nat(hour / 3)), { minLength: 1, maxLength: 300 }), (limit, gaps) => {
        let now = 0;
        const passed = run(
          limit,
          gaps.map((gap) => (now += gap)),
        );
        for (let to = 0; to < passed.length; to++)
          for (let from = 0; from <= to; from++) expect(to - from + 1).toBeLessThanOrEqual(Math.ceil(limit * (1 + (passed[to]! - passed[from]!) / hour)));
      }),
    );
  });
  it('waiting as long as it says is enough, and one millisecond less is not', () => {
    const rate = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(rate, fc.array(fc.nat(hour / 4), { minLength: 1, maxLength: 120 }), (limit, gaps) => {
        let meter: Meter | undefined;
        let now = 1000;
        for (const gap of gaps) {
          meter = slidingWindow.step(meter, (now += gap), { limit, windowMs: hour }, 2).meter;
          const { remaining, retryAfterMs } = slidingWindow.outlook(meter, now, { limit, windowMs: hour });
          expect(remaining > 0).toBe(retryAfterMs === 0);
          const at = (ms: number): number => slidingWindow.step(meter, now + ms, { limit, windowMs: hour }, 1).granted;
          expect(at(retryAfterMs)).toBe(1);
          if (retryAfterMs > 0) expect(at(retryAfterMs - 1)).toBe(0);
        }
      }),
    );
  });
  it('two hours without calls make everything free again', () => {
    const used = slidingWindow.step(undefined, 0, { limit: 5, windowMs: hour }, 5).meter;
    expect(slidingWindow.outlook(used, 0, { limit: 5, windowMs: hour })).toEqual({ remaining: 0, resetMs: 2 * hour, retryAfterMs: 1.2 * hour });
    expect(slidingWindow.step(used, 2 * hour, { limit: 5, windowMs: hour }, 9).granted).toBe(5);
  });
  it('what came to nothing makes room again', () => {
    const full = slidingWindow.step(undefined, 0, { limit: 2, windowMs: hour }, 2).meter;
    expect(slidingWindow.step(full, 0, { limit: 2, windowMs: hour }, 2, 1)).toMatchObject({ granted: 1, meter: { used: 2 } });
    expect(slidingWindow.step(full, 0, { limit: 2, windowMs: hour }, 0, 9).meter.used).toBe(0);
  });
});
