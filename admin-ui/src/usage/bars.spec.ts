import { describe, expect, it } from 'vitest';
import { barHeights, percentOf } from './bars.js';

describe('bars', () => {
  it('the largest day is full height, others in proportion, a little is never nothing', () => {
    expect(barHeights(['10', '5', '0.001', '0'], 100)).toEqual([100, 50, 1, 0]);
  });
  it('a range without credits has no bars', () => {
    expect(barHeights(['0', '0'], 100)).toEqual([0, 0]);
    expect(barHeights([], 100)).toEqual([]);
  });
  it('a share is told to a tenth of a percent, and of nothing it is nothing', () => {
    expect([percentOf('1', '3'), percentOf('4.5', '4.5'), percentOf('0', '7'), percentOf('0', '0')]).toEqual([33.3, 100, 0, 0]);
  });
});
