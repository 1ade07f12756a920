import { expect, it } from 'vitest';
import { Pace } from './pace.js';

/** After how many seconds it is too slow, with one piece of `bytes` each second; null: not within ten minutes. */
const givenUp = (bytes: (second: number) => number): number | null => {
  const pace = new Pace(0);
  for (let second = 1; second <= 600; second++) if (pace.isTooSlow(bytes(second), second * 1000)) return second;
  return null;
};

it('a server that drips is given up after a minute, also when it began fast; one that is merely slow is not', () => {
  expect(givenUp(() => 1)).toBe(60);
  expect(givenUp(() => 64 * 1024)).toBeNull();
  expect(givenUp((second) => (second < 60 ? 1e9 : 1))).toBe(120);
});
