import { describe, expect, it } from 'vitest';
import { crashesAfter, respawnDelayMs } from './respawn.js';

describe('boxes that die young', () => {
  it('are started again at once the first time, then with pauses that double up to a minute', () => {
    expect([0, 1, 2, 3, 10].map(respawnDelayMs)).toEqual([0, 1000, 2000, 4000, 60_000]);
  });
  it('are forgiven once one has lived', () => {
    expect(crashesAfter(3, 500)).toBe(4);
    expect(crashesAfter(3, 60_000)).toBe(0);
  });
});
