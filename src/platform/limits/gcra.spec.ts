import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gcra } from './gcra.js';
import type { Meter, Verdict } from './meter.js';

const minute = 60_000;

function take(meter: Meter | undefined, at: number, limit: number): { meter: Meter; allowed: boolean } & Omit<Verdict, 'allowed'> {
  const rate = { limit, windowMs: minute };
  const step = gcra.step(meter, at, rate, 1);
  return { meter: step.meter, allowed: step.granted === 1, ...gcra.outlook(step.meter, at, rate) };
}
function run(limit: number, times: readonly number[]): boolean[] {
  let meter: Meter | undefined;
  return times.map((at) => {
    const taken = take(meter, at, limit);
    meter = taken.meter;
    return taken.allowed;
  });
}

describe('gcra', () => {
  it('with the clock stopped exactly N calls pass a limit of N, one by one or together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.nat(2_000_000_000_000), (limit, now) => {
        const times = Array.from({ length: limit + 5 }, () => now);
        expect(run(limit, times).filter(Boolean)).toHaveLength(limit);
        expect(gcra.step(undefined, now, { limit, windowMs: minute }, limit + 5).granted).toBe(limit);
      }),
      { numRuns: 50 },
    );
  });
  it('after a full window without calls exactly N pass again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (limit) => {
        const times = [...Array.from({ length: limit }, () => 0), ...Array.from({ length: limit + 3 }, () => minute)];
        expect(run(limit, times).filter(Boolean)).toHaveLength(2 * limit);
      }),
    );
  });
  it('over any stretch of time at most the burst plus what drained passes', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), steps, (limit, gaps) => {
        let now = 0;
        const times = gaps.map((gap) => (now += gap));
        const allowed = run(limit, times);
        const passed = times.filter((_, i) => allowed[i]);
        for (let from = 0; from < passed.length; from++) {
          const stretch = passed.at(-1)! - passed[from]!;
          expect(passed.length - from).toBeLessThanOrEqual(limit + (stretch * limit) / minute);
        }
      }),
      { numRuns: 60 },
    );
  });
  it('waiting as long as it says is enough, and one millisecond less is not', () => {
    let meter: Meter | undefined;
    for (let i = 0; i < 7; i++) meter = take(meter, 1000, 7).meter;
    const refused = take(meter, 1000, 7);
    expect(refused).toMatchObject({ allowed: false, remaining: 0, resetMs: minute });
    expect(take(meter, 1000 + refused.retryAfterMs - 1, 7).allowed).toBe(false);
    expect(take(meter, 1000 + refused.retryAfterMs, 7).allowed).toBe(true);
  });
  it('a clock that goes back lets nothing more through', () => {
    let meter: Meter | undefined;
    for (let i = 0; i < 3; i++) meter = take(meter, 10_000, 3).meter;
    expect(take(meter, 5_000, 3).allowed).toBe(false);
  });
  it('a smaller plan is not paid for longer than one window', () => {
    let meter: Meter | undefined;
    for (let i = 0; i < 500; i++) meter = take(meter, 0, 500).meter;
    expect(take(meter, minute, 10)).toMatchObject({ allowed: true, remaining: 9 });
  });
});
