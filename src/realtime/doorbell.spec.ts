import { describe, expect, it } from 'vitest';
import { Doorbell } from './doorbell.js';

const took = async (work: Promise<void>): Promise<number> => {
  const start = performance.now();
  await work;
  return performance.now() - start;
};

describe('Doorbell', () => {
  it('keeps a ring that came before the wait, once', async () => {
    const bell = new Doorbell();
    bell.ring();
    bell.ring();
    expect(await took(bell.wait(5000))).toBeLessThan(50);
    expect(await took(bell.wait(40))).toBeGreaterThan(30);
  });
  it('ends the wait at the ring, at the time limit and at the abort', async () => {
    const bell = new Doorbell();
    const end = new AbortController();
    setTimeout(() => bell.ring(), 10);
    expect(await took(bell.wait(5000))).toBeLessThan(500);
    setTimeout(() => end.abort(), 10);
    expect(await took(bell.wait(5000, end.signal))).toBeLessThan(500);
    expect(await took(bell.wait(5000, end.signal))).toBeLessThan(50);
  });
});
