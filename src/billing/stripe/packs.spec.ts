import { describe, expect, it } from 'vitest';
import { centsOf, microsOf, owedOf, PACKS } from './packs.js';

describe('packs', () => {
  it('cost what the price page says, and larger ones less per credit', () => {
    expect(Object.values(PACKS).map(({ priceMicros }) => centsOf(priceMicros))).toEqual([1000, 3600, 16_000]);
    expect(microsOf(3600)).toBe(36_000_000n);
  });
  it('owe all credits for all of the money, a share for a share rounded down, and never more than were sold', () => {
    expect(owedOf(500_000n, 1000, 1000)).toBe(500_000n);
    expect(owedOf(500_000n, 1000, 333)).toBe(166_500n);
    expect(owedOf(1n, 3, 2)).toBe(0n);
    expect(owedOf(500_000n, 1000, 2500)).toBe(500_000n);
    expect(owedOf(500_000n, 1000, 0)).toBe(0n);
  });
});
