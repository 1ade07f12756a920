import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costMicros, occupiedUs } from './cost.js';

describe('the cost of an attempt', () => {
  it.each([
    ['an hour of a whole A10G is $1', 3_600_000, 1_000_000n, 1_000_000, 1_000_000n],
    ['half the box costs half', 3_600_000, 1_000_000n, 500_000, 500_000n],
    ['a second of CPU at $0.04/h is 11.11 → 11 micros', 1000, 40_000n, 1_000_000, 11n],
    ['exactly half a micro is rounded up', 1800, 1000n, 1_000_000, 1n],
    ['a little less than half is rounded down', 1799, 1000n, 1_000_000, 0n],
    ['no time costs nothing', 0, 4_000_000n, 1_000_000, 0n],
    ['no share costs nothing', 5000, 4_000_000n, 0, 0n],
  ])('%s', (_, ms, rate, share, micros) => {
    expect(costMicros(ms, rate, share)).toBe(micros);
  });

  it('is within half a micro of the exact product', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 86_400_000 }),
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        (ms, rate, share) => {
          const twiceExact = 2n * BigInt(ms) * BigInt(rate) * BigInt(share);
          const unit = 3_600_000_000_000n;
          const off = twiceExact - 2n * costMicros(ms, BigInt(rate), share) * unit;
          return off >= -unit && off < unit;
        },
      ),
    );
  });

  it('those who share a box add up to the time of the box, to its cost, and within 1 % however many they are', () => {
    for (const slots of [1, 2, 3, 7, 48, 64]) {
      const share = Math.round(1_000_000 / slots);
      expect(Math.abs((slots * occupiedUs(10_000, share)) / 10_000_000 - 1)).toBeLessThan(0.0001);
      expect(Math.abs((slots * Number(costMicros(3_600_000, 1_000_000n, share))) / 1_000_000 - 1)).toBeLessThan(0.0001);
    }
  });
});
