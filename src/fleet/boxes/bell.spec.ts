import { describe, expect, it } from 'vitest';
import { Bell } from './bell.js';

const never = new AbortController().signal;

describe('the bell', () => {
  it('wakes one of those who wait, the longest-waiting first', async () => {
    const bell = new Bell();
    const woken: number[] = [];
    const waits = [1, 2].map((n) => bell.wait('pool', 0, 50, never).then((rung) => rung && woken.push(n)));
    bell.ring('pool');
    await Promise.all(waits);
    expect(woken).toEqual([1]);
  });
  it('wakes one by name, out of turn', async () => {
    const bell = new Bell();
    const woken: number[] = [];
    const waits = [1, 2].map((n) => bell.wait('pool', 0, 50, never, `box ${n}`).then((rung) => rung && woken.push(n)));
    bell.ring('pool', 'box 2');
    bell.ring('pool', 'box 3');
    await Promise.all(waits);
    expect(woken).toEqual([2]);
  });
  it('is not missed when it rings between the look and the wait', async () => {
    const bell = new Bell();
    const seen = bell.count('pool');
    bell.ring('pool');
    expect(await bell.wait('pool', seen, 1000, never)).toBe(true);
  });
  it('lets go when time is up or the caller has gone', async () => {
    const bell = new Bell();
    const gone = new AbortController();
    const wait = bell.wait('pool', 0, 10_000, gone.signal);
    gone.abort();
    expect(await wait).toBe(false);
    expect(await bell.wait('pool', 0, 5, never)).toBe(false);
    expect(bell.keys()).toEqual([]);
  });
});
