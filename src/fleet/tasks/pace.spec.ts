import { describe, expect, it } from 'vitest';
import { expected, learn, UNKNOWN_PACE } from './pace.js';

describe('the learned pace', () => {
  it('is a stated guess before anything was measured', () => {
    expect(learn([])).toBe(UNKNOWN_PACE);
  });
  it('follows what was measured last, without jumping at one sample', () => {
    const slow = learn([...Array<number>(50).fill(100), ...Array<number>(50).fill(10)]);
    expect(slow.msPerUnit).toBeGreaterThan(95);
    const spike = learn([1000, ...Array<number>(50).fill(10)]);
    expect(spike.msPerUnit).toBeLessThan(200);
  });
  it('gives p90 at least the expectation, and scales with size', () => {
    const pace = learn([10, 12, 50, 11, 10, 12, 13, 10, 90, 12]);
    const small = expected(pace, 5);
    expect(small.p90Ms).toBeGreaterThanOrEqual(small.expectedMs);
    expect(expected(pace, 10).p50Ms).toBe(2 * small.p50Ms);
  });
});
