import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SlidingWindow } from './sliding-window.js';

const hour = 3_600_000;

describe('sliding window', () => {
  it('with the clock stopped exactly N calls pass a limit of N', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2000 }), (limit) => {
        const window = new SlidingWindow(hour);
        expect(Array.from({ length: limit + 5 }, () => window.take(7, limit)).filter((v) => v.allowed)).toHaveLength(limit);
      }),
      { numRuns: 30 },
    );
  });
  it('in no window do more than N pass', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(fc.oneof(fc.nat(900), fc.nat(hour / 3)), { minLength: 1, maxLength: 300 }), (limit, gaps) => {
        const window = new SlidingWindow(hour);
        let now = 0;
        const passed = gaps.map((gap) => (now += gap)).filter((at) => window.take(at, limit).allowed);
        for (const [i, at] of passed.entries()) if (i >= limit) expect(at - passed[i - limit]!).toBeGreaterThanOrEqual(hour);
      }),
    );
  });
  it('waiting as long as it says is enough', () => {
    const window = new SlidingWindow(hour);
    for (const at of [0, 5_000, 9_000]) window.take(at, 3);
    const refused = window.take(10_000, 3);
    expect(refused).toMatchObject({ allowed: false, remaining: 0, retryAfterMs: hour - 10_000 });
    expect(window.take(10_000 + refused.retryAfterMs - 1, 3).allowed).toBe(false);
    expect(window.take(10_000 + refused.retryAfterMs, 3).allowed).toBe(true);
  });
  it('a refused call costs nothing, several pass together or not at all', () => {
    const window = new SlidingWindow(hour);
    expect(window.take(0, 5, 3)).toMatchObject({ allowed: true, remaining: 2 });
    expect(window.take(0, 5, 3)).toMatchObject({ allowed: false, remaining: 2 });
    expect(window.take(0, 5, 2)).toMatchObject({ allowed: true, remaining: 0 });
    expect(window.take(0, 5, 6)).toMatchObject({ allowed: false, retryAfterMs: hour });
  });
});
