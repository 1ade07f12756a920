import { describe, expect, it } from 'vitest';
import { addCredits, compareCredits, fromMilli, parseMilli, returnedCredits, subtractCredits } from './credits.js';

describe('credits', () => {
  it('an amount survives the way to thousandths and back in its shortest form', () => {
    for (const [text, shortest] of [
      ['0', '0'],
      ['4.5', '4.5'],
      ['4.50', '4.5'],
      ['4.500', '4.5'],
      ['0.001', '0.001'],
      ['-0.5', '-0.5'],
      ['5000', '5000'],
      ['1.000', '1'],
    ] as const) {
      expect(fromMilli(parseMilli(text))).toBe(shortest);
    }
  });

  it('sums that floats get wrong are right', () => {
    expect(addCredits('0.1', '0.2')).toBe('0.3');
    expect(subtractCredits('9007199254740993.001', '0.001')).toBe('9007199254740993');
    expect(addCredits()).toBe('0');
  });

  it('amounts are compared by value, not by letters', () => {
    expect(compareCredits('10', '9.5')).toBe(1);
    expect(compareCredits('1.50', '1.5')).toBe(0);
    expect(compareCredits('-1', '0')).toBe(-1);
  });

  it('what returns from a hold is never negative', () => {
    expect(returnedCredits('4.5', '1')).toBe('3.5');
    expect(returnedCredits('4', '4')).toBe('0');
    expect(returnedCredits('4', '5')).toBe('0');
  });

  it('what is not an amount is refused with a sentence', () => {
    for (const bad of ['', '1,5', '1e3', '1.2345', 'NaN', '.5', '٣']) {
      expect(() => parseMilli(bad)).toThrow(/not an amount of credits/);
    }
  });
});
