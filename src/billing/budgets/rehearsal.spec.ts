import { describe, expect, it } from 'vitest';
import { rehearse, type Claim } from './rehearsal.js';

const at = (hour: number): Date => new Date(Date.UTC(2026, 10, 1, hour));
const days = [0, 24, 48].map((hour) => ({ startsAt: at(hour), endsAt: at(hour + 24) }));
const claim = (from: number, to: number | null, amount: bigint, charged = to === null ? 0n : amount): Claim => ({
  at: at(from),
  amountMilli: amount,
  chargedMilli: charged,
  closedAt: to === null ? null : at(to),
});

describe('a rehearsal', () => {
  it('refuses what does not fit beside what is spent and held, and says when first', () => {
    const [day] = rehearse([claim(1, 2, 6n), claim(3, 4, 4n), claim(5, 6, 1n)], days, 10n);
    expect(day).toMatchObject({ jobs: 3, spentMilli: 10n, refusedJobs: 1, refusedMilli: 1n, firstRefusalAt: at(5) });
  });
  it('counts a running job with what it holds, and with its charge once it has ended', () => {
    const claims = [claim(1, 4, 9n, 2n), claim(3, 4, 5n), claim(5, 6, 5n)];
    expect(rehearse(claims, days, 10n)[0]).toMatchObject({ jobs: 3, refusedJobs: 1, spentMilli: 7n });
  });
  it('lets later jobs in where a refused one would have been', () => {
    expect(rehearse([claim(1, 2, 11n), claim(3, 4, 10n)], days, 10n)[0]).toMatchObject({ refusedJobs: 1, spentMilli: 10n });
  });
  it('counts a job in the period in which it began, wherever it ended', () => {
    const periods = rehearse([claim(23, 30, 8n), claim(25, 26, 8n)], days, 10n);
    expect(periods.map(({ spentMilli, refusedJobs }) => [spentMilli, refusedJobs])).toEqual([
      [8n, 0],
      [8n, 0],
      [0n, 0],
    ]);
  });
  it('ends jobs in the order of their ends, not of their begins', () => {
    const claims = [claim(1, 9, 4n), claim(2, 3, 6n, 0n), claim(4, 5, 6n)];
    expect(rehearse(claims, days, 10n)[0]).toMatchObject({ refusedJobs: 0, spentMilli: 10n });
  });
  it('leaves out what lies outside its periods, and never refuses what costs nothing', () => {
    expect(rehearse([claim(-5, -4, 50n), claim(1, 2, 10n), claim(3, 4, 0n), claim(80, 81, 50n)], days, 10n)).toMatchObject([
      { jobs: 2, refusedJobs: 0 },
      { jobs: 0 },
      { jobs: 0 },
    ]);
  });
});
