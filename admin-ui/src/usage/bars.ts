import { parseMilli } from '@atelier/ui-kit';

/** Whole heights in proportion to the amounts, the largest as high as it goes; what is more than nothing is at least one high. */
export function barHeights(credits: readonly string[], height: number): number[] {
  const amounts = credits.map(parseMilli);
  const largest = amounts.reduce((a, b) => (a > b ? a : b), 0n);
  if (largest === 0n) return amounts.map(() => 0);
  return amounts.map((amount) => (amount <= 0n ? 0 : Math.max(1, Number((amount * BigInt(height)) / largest))));
}

/** How much of the whole an amount is, to a tenth of a percent. */
export function percentOf(credits: string, whole: string): number {
  const all = parseMilli(whole);
  return all === 0n ? 0 : Number((parseMilli(credits) * 1000n) / all) / 10;
}
