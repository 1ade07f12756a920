import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gcra, type Meter } from './gcra.js';

const minute = 60_000;

function run(limit: number, times: readonly number[]): boolean[] {
  let meter: Meter | undefined;
  return times.map((at) => {
    const step = gcra(meter, at, { limit, windowMs: minute });
    meter = step.meter;
    return step.verdict.allowed;
  });
}

describe('gcra', () => {
  it('with the clock stopped exactly N calls pass a limit of N', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.nat(2_000_000_000_000), (limit, now) => {
        expect(
          run(
            limit,
            Array.from({ length: limit + 5 }, () => now),
          ).filter(Boolean),
        ).toHaveLength(limit);
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
        const passed = times.filter((_, i) => run(limit, times)[i]);
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
    for (let i = 0; i < 7; i++) meter = gcra(meter, 1000, { limit: 7, windowMs: minute }).meter;
    const { verdict } = gcra(meter, 1000, { limit: 7, windowMs: minute });
    expect(verdict).toMatchObject({ allowed: false, remaining: 0, resetMs: minute });
    expect(gcra(meter, 1000 + verdict.retryAfterMs - 1, { limit: 7, windowMs: minute }).verdict.allowed).toBe(false);
    expect(gcra(meter, 1000 + verdict.retryAfterMs, { limit: 7, windowMs: minute }).verdict.allowed).toBe(true);
  });
  it('several calls at once pass together or not at all', () => {
    const { meter, verdict } = gcra(undefined, 0, { limit: 5, windowMs: minute }, 3);
    expect(verdict).toMatchObject({ allowed: true, remaining: 2 });
    expect(gcra(meter, 0, { limit: 5, windowMs: minute }, 3).verdict).toMatchObject({ allowed: false, remaining: 2 });
    expect(gcra(undefined, 0, { limit: 5, windowMs: minute }, 6).verdict).toMatchObject({ allowed: false, retryAfterMs: minute });
  });
  it('a clock that goes back lets nothing more through', () => {
    let meter: Meter | undefined;
    for (let i = 0; i < 3; i++) meter = gcra(meter, 10_000, { limit: 3, windowMs: minute }).meter;
    expect(gcra(meter, 5_000, { limit: 3, windowMs: minute }).verdict.allowed).toBe(false);
  });
  it('a smaller plan is not paid for longer than one window', () => {
    let meter: Meter | undefined;
    for (let i = 0; i < 500; i++) meter = gcra(meter, 0, { limit: 500, windowMs: minute }).meter;
    expect(gcra(meter, minute, { limit: 10, windowMs: minute }).verdict).toMatchObject({ allowed: true, remaining: 9 });
  });
});
