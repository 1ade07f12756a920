import { describe, expect, it } from 'vitest';
import { isLow } from './low.js';

describe('a low balance', () => {
  it('is one below a tenth of the credits of a month, to the thousandth', () => {
    expect([isLow('9.999', '100'), isLow('10', '100'), isLow('0', '100')]).toEqual([true, false, true]);
  });
  it('is never one of a plan without monthly credits', () => {
    expect(isLow('0', '0')).toBe(false);
  });
});
