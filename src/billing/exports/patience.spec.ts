import { describe, expect, it } from 'vitest';
import { isSpent, retryAfter } from './patience.js';

const DAY_SECONDS = 86_400;

function pausesOf(scheduleId: string | null): number[] {
  const pauses: number[] = [];
  for (let pause = retryAfter({ scheduleId, attempts: 1 }); pause !== null; pause = retryAfter({ scheduleId, attempts: pauses.length + 1 })) pauses.push(pause);
  return pauses;
}

describe('patience with a file', () => {
  it('of a schedule lasts a day of tries, never an hour apart; with one that was ordered three tries within seconds', () => {
    const pauses = pausesOf('schedule');
    expect(pauses.slice(0, 6)).toEqual([5, 20, 80, 320, 1280, 3600]);
    expect(pauses.reduce((sum, pause) => sum + pause)).toBeGreaterThan(DAY_SECONDS);
    expect(Math.max(...pauses)).toBe(3600);
    expect(pausesOf(null)).toEqual([5, 5]);
  });
  it.each([
    [{ scheduleId: null, attempts: 3, error: 'no storage' }, false],
    [{ scheduleId: null, attempts: 4, error: 'no storage' }, true],
    [{ scheduleId: 'schedule', attempts: 4, error: 'no storage' }, false],
    [{ scheduleId: 'schedule', attempts: 31, error: 'no storage' }, true],
    [{ scheduleId: 'schedule', attempts: 3, error: null }, false],
    // Three processes ended in it: it may be what ended them.
    [{ scheduleId: 'schedule', attempts: 4, error: null }, true],
  ])('%j is spent: %s', (found, spent) => expect(isSpent(found)).toBe(spent));
});
