import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blockedMs,
  countAttempt,
  countSuccess,
  fadedFailures,
  HALF_LIFE_MS,
  networkOf,
  SCOPES,
  uncount,
  waitMs,
  type Counter,
  type Scope,
} from './slowdown.js';

const start = new Date('2026-01-01T00:00:00Z');
const after = (ms: number): Date => new Date(start.getTime() + ms);
const empty: Counter = { failures: 0, countedAt: start, blockedUntil: null, succeededAt: null };
const none: Record<Scope, Counter> = { account: empty, network: empty, pair: empty };

/** How many guesses a patient guesser gets in, going on as soon as each wait is over. */
function guesses(scope: Scope, durationMs: number): number {
  let counter = empty;
  let now = start;
  let made = 0;
  while (now.getTime() < start.getTime() + durationMs) {
    counter = countAttempt(scope, counter, now);
    made++;
    now = counter.blockedUntil ?? new Date(now.getTime() + 1);
  }
  return made;
}

describe('slowing down', () => {
  it('lets the first failures through, then doubles the wait from 1 s up to the longest', () => {
    expect([9, 10, 11, 12, 13, 14].map((n) => waitMs('pair', n))).toEqual([0, 0, 1000, 2000, 4000, 8000]);
    expect(waitMs('pair', 1e9)).toBe(900_000);
    expect(waitMs('account', 1e9)).toBe(30_000);
    expect(waitMs('network', 1e9)).toBe(300_000);
  });

  it('never waits for ever, and never less for more failures', () => {
    fc.assert(
      fc.property(fc.constantFrom(...SCOPES), fc.double({ min: 0, max: 1e12, noNaN: true }), fc.double({ min: 0, max: 1e6, noNaN: true }), (scope, n, more) => {
        expect(waitMs(scope, n + more)).toBeGreaterThanOrEqual(waitMs(scope, n));
        expect(waitMs(scope, n)).toBeLessThanOrEqual(900_000);
      }),
    );
  });

  it('leaves a guesser from one network fewer than 200 guesses a day at one account', () => {
    expect(guesses('pair', 86_400_000)).toBeLessThan(200);
  });

  it('counts attempts as failures until they succeed, so that a burst does not slip through', () => {
    let counter = empty;
    for (let i = 0; i < 11; i++) counter = countAttempt('pair', counter, start);
    expect(blockedMs({ ...none, pair: counter }, start)).toBe(1000);
    expect(blockedMs({ ...none, pair: countSuccess('pair', counter, start) }, start)).toBe(0);
  });

  it('forgets by half in two hours', () => {
    expect(fadedFailures({ failures: 40, countedAt: start }, after(HALF_LIFE_MS))).toBeCloseTo(20);
    expect(fadedFailures({ failures: 40, countedAt: start }, after(-5000))).toBe(40);
  });

  it('does not make an owner wait for guesses from elsewhere, where they signed in from here lately', () => {
    let account = empty;
    for (let i = 0; i < 40; i++) account = countAttempt('account', account, start);
    expect(blockedMs({ ...none, account }, start)).toBe(30_000);
    expect(blockedMs({ ...none, account, pair: { ...empty, succeededAt: after(-1000) } }, start)).toBe(0);
  });

  it('keeps the other failures of a network after one success in it', () => {
    let network = empty;
    for (let i = 0; i < 230; i++) network = countAttempt('network', network, start);
    network = countSuccess('network', network, start);
    expect(network.failures).toBeCloseTo(229);
    expect(network.blockedUntil).not.toBeNull();
  });

  it('takes back an attempt that was not judged', () => {
    expect(uncount(countAttempt('pair', empty, start), start)).toEqual(empty);
  });

  it('counts by /24 and /56', () => {
    expect(networkOf('203.0.113.77')).toBe('203.0.113.0/24');
    expect(networkOf('::ffff:203.0.113.77')).toBe('203.0.113.0/24');
    expect(networkOf('2001:db8:1:23ff::1')).toBe('2001:db8:1:2300::/56');
    expect(networkOf('2001:db8:1:2301:5:6:7:8')).toBe('2001:db8:1:2300::/56');
    expect(networkOf('::1')).toBe('0:0:0:0::/56');
    expect(networkOf('what')).toBe('unknown');
  });
});
