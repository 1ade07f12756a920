import { describe, expect, it } from 'vitest';
import { SteadyWrites } from './steady-writes.js';

const TTL = 3000;

function after(times: readonly (readonly [begun: number, ended: number])[]): SteadyWrites {
  const writes = new SteadyWrites(TTL);
  for (const [begun, ended] of times) writes.wrote(begun, ended);
  return writes;
}
const every = (ms: number, from: number, to: number): [number, number][] =>
  Array.from({ length: Math.floor((to - from) / ms) + 1 }, (_, i) => [from + i * ms, from + i * ms + 5]);

describe('a process takes leases away only', () => {
  it('after it has written for one whole lease', () => {
    expect(after(every(500, 0, 2500)).isSteady(2900)).toBe(false);
    expect(after(every(500, 0, 3500)).isSteady(3600)).toBe(true);
  });
  it('not right after it started', () => {
    expect(new SteadyWrites(TTL).isSteady(10)).toBe(false);
  });
  it('not after the database was away, until a whole lease later', () => {
    const writes = after([...every(500, 0, 5000), ...every(500, 9000, 11_000)]);
    expect(writes.isSteady(11_200)).toBe(false);
    for (const [begun, ended] of every(500, 11_500, 12_500)) writes.wrote(begun, ended);
    expect(writes.isSteady(12_600)).toBe(true);
  });
  it('not while its own writes hang, nor after one that hung', () => {
    const writes = after(every(500, 0, 5000));
    expect(writes.isSteady(6800)).toBe(false);
    writes.wrote(5500, 8000);
    expect(writes.isSteady(8100)).toBe(false);
  });
});
