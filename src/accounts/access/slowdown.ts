import { isIP } from 'node:net';

/** What is counted: one account, one network, one account from one network. */
export const SCOPES = ['account', 'network', 'pair'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * Failures let through before waiting begins, and the longest wait. An account's own wait is short, because it also hits its owner; a pair's is
 * long, because it hits the guesser only. A network may be a whole school, so it gets the most.
 */
const RULES: Readonly<Record<Scope, { free: number; longestMs: number }>> = {
  pair: { free: 10, longestMs: 15 * 60_000 },
  account: { free: 20, longestMs: 30_000 },
  network: { free: 200, longestMs: 5 * 60_000 },
};
const FIRST_WAIT_MS = 1000;
/** Counts fade by half in this time, so that nothing is locked for good. */
export const HALF_LIFE_MS = 2 * 3_600_000;
/** After this many half-lives a count is as good as none. */
export const FORGOTTEN_MS = 24 * 3_600_000;

export interface Counter {
  failures: number;
  countedAt: Date;
  blockedUntil: Date | null;
  succeededAt: Date | null;
}

export const fadedFailures = (counter: Pick<Counter, 'failures' | 'countedAt'>, now: Date): number =>
  counter.failures * 2 ** (-Math.max(0, now.getTime() - counter.countedAt.getTime()) / HALF_LIFE_MS);

/** How long to wait after that many failures: nothing, then 1 s doubling with each, up to the longest. */
export function waitMs(scope: Scope, failures: number): number {
  const { free, longestMs } = RULES[scope];
  // Rounded, because eleven failures in a row have faded to a little less than eleven.
  const beyond = Math.round(failures) - free;
  return beyond <= 0 ? 0 : Math.min(longestMs, FIRST_WAIT_MS * 2 ** Math.min(beyond - 1, 30));
}

/** One attempt more, taken for a failure until it has succeeded, so that many sent at once do not all slip through. */
export function countAttempt(scope: Scope, counter: Counter, now: Date): Counter {
  const failures = fadedFailures(counter, now) + 1;
  const wait = waitMs(scope, failures);
  return { ...counter, failures, countedAt: now, blockedUntil: wait === 0 ? null : new Date(now.getTime() + wait) };
}

/** The attempt was right after all. The network keeps its other failures: its next visitor is somebody else. */
export function countSuccess(scope: Scope, counter: Counter, now: Date): Counter {
  const failures = scope === 'network' ? Math.max(0, fadedFailures(counter, now) - 1) : 0;
  return { failures, countedAt: now, blockedUntil: waitMs(scope, failures) === 0 ? null : counter.blockedUntil, succeededAt: now };
}

/** Takes back an attempt that was never judged. It was let through, so there was no wait before it. */
export const uncount = (counter: Counter, now: Date): Counter => ({
  ...counter,
  failures: Math.max(0, fadedFailures(counter, now) - 1),
  countedAt: now,
  blockedUntil: null,
});

const KNOWN_FOR_MS = 30 * 86_400_000;

/** Milliseconds until the next attempt may be made; 0: now. An account's wait does not hit a network from which its owner signed in lately. */
export function blockedMs(counters: Readonly<Record<Scope, Counter>>, now: Date): number {
  const known = counters.pair.succeededAt !== null && now.getTime() - counters.pair.succeededAt.getTime() < KNOWN_FOR_MS;
  const waits = SCOPES.filter((scope) => scope !== 'account' || !known).map((scope) => (counters[scope].blockedUntil?.getTime() ?? 0) - now.getTime());
  return Math.max(0, ...waits);
}

/** The network an address belongs to as far as counting goes: /24, or /56 in IPv6. */
export function networkOf(ip: string): string {
  const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip.replace(/%.*$/, '');
  if (isIP(plain) === 4) return `${plain.split('.').slice(0, 3).join('.')}.0/24`;
  if (isIP(plain) !== 6) return 'unknown';
  const [left, right] = plain.split('::') as [string, string | undefined];
  const head = left === '' ? [] : left.split(':');
  const tail = right ? right.split(':') : [];
  const groups = right === undefined ? head : [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail];
  const numbers = groups.map((group) => Number.parseInt(group || '0', 16));
  return `${numbers
    .slice(0, 3)
    .map((n) => n.toString(16))
    .join(':')}:${((numbers[3] ?? 0) & 0xff00).toString(16)}::/56`;
}
