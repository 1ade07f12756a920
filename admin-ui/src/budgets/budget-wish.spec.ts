import { describe, expect, it } from 'vitest';
import { dollarsOf, microsOf, thresholdsOf } from './budget-wish.js';

describe('what is asked of a budget', () => {
  it('reads dollars to the millionth without rounding, and back', () => {
    for (const [dollars, micros] of [
      ['12.5', '12500000'],
      ['0.000001', '1'],
      ['7', '7000000'],
      ['0.1', '100000'],
    ] as const) {
      expect(microsOf(dollars)).toBe(micros);
      expect(dollarsOf(micros)).toBe(dollars);
    }
  });
  it('leaves to the server what is no amount', () => {
    for (const given of ['much', '-1', '1e3', '0.0000001', '']) expect(microsOf(given)).toBe(given);
  });
  it('reads thresholds however they are separated', () => {
    expect(thresholdsOf('50, 80 % 100%')).toEqual([50, 80, 100]);
    expect(thresholdsOf('')).toEqual([]);
    expect(thresholdsOf('half')).toEqual([NaN]);
  });
});
