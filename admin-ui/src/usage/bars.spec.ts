import { describe, expect, it } from 'vitest';
import { barHeights } from './bars.js';

describe('bars', () => {
  it('the largest day is full height, others in proportion, a little is never nothing', () => {
    expect(barHeights(['10', '5', '0.001', '0'], 100)).toEqual([100, 50, 1, 0]);
  });
  it('a range without credits has no bars', () => {
    expect(barHeights(['0', '0'], 100)).toEqual([0, 0]);
    expect(barHeights([], 100)).toEqual([]);
  });
});
