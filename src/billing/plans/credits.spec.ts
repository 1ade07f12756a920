import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCredits, parseCredits } from './credits.js';

describe('credits', () => {
  it.each([
    ['4.5', 4500n],
    ['0', 0n],
    ['0.001', 1n],
    ['1000', 1_000_000n],
    ['12.340', 12_340n],
    ['999999999999.999', 999_999_999_999_999n],
  ])('%s credits are %s milli-credits', (text, milli) => {
    expect(parseCredits(text)).toBe(milli);
  });
  it.each(['', '-1', '+1', '1.', '.5', '1.2345', '01', '1e3', '1,5', ' 1', 'NaN', '1000000000000'])('%j is refused', (text) => {
    expect(() => parseCredits(text)).toThrow(RangeError);
  });
  it('every amount survives the way out and back', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n - 1n }), (milli) => parseCredits(formatCredits(milli)) === milli));
  });
  it('what was taken away is written with a minus', () => {
    expect([formatCredits(-500n), formatCredits(-1000n), formatCredits(0n)]).toEqual(['-0.5', '-1', '0']);
  });
});
