import { describe, expect, it } from 'vitest';
import { stackBars } from './stacks.js';

describe('stacked bars', () => {
  it('the largest is full height, parts stand on each other in proportion', () => {
    expect(
      stackBars(
        [
          [3, 1],
          [1, 0],
        ],
        100,
      ),
    ).toEqual([
      [
        { from: 0, height: 75 },
        { from: 75, height: 25 },
      ],
      [
        { from: 0, height: 25 },
        { from: 25, height: 0 },
      ],
    ]);
  });
  it('nothing has no height', () => {
    expect(stackBars([[0, 0]], 100)).toEqual([
      [
        { from: 0, height: 0 },
        { from: 0, height: 0 },
      ],
    ]);
    expect(stackBars([], 100)).toEqual([]);
  });
});
