import { parseMilli } from '@atelier/ui-kit';

/** Whole heights in proportion to the amounts, the largest as high as it goes; what is more than nothing is at least one high. */
export function barHeights(credits: readonly string[], height: number): number[] {
  const amounts = credits.map(parseMilli);
  const largest = amounts.reduce((a, b) => (a > b ? a : b), 0n);
  if (largest === 0n) return amounts.map(() => 0);
  return amounts.map((amount) => (amount <= 0n ? 0 : Math.max(1, Number((amount * BigInt(height)) / largest))));
}
