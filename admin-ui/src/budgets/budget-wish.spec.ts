import { describe, expect, it } from 'vitest';
import { thresholdsOf } from './budget-wish.js';

describe('what is asked of a budget', () => {
  it('reads thresholds however they are separated', () => {
    expect(thresholdsOf('50, 80 % 100%')).toEqual([50, 80, 100]);
    expect(thresholdsOf('')).toEqual([]);
    expect(thresholdsOf('half')).toEqual([NaN]);
  });
});
