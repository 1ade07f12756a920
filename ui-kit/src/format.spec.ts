import { describe, expect, it } from 'vitest';
import {
  creditsWithUnit,
  dayIn,
  formatAgo,
  formatBytes,
  formatCredits,
  formatDay,
  formatExact,
  formatMicros,
  formatRemaining,
  formatSeconds,
  formatSecondsRange,
} from './format.js';

describe('format', () => {
  it('credits keep every digit, in the digits and separators of the language', () => {
    expect(formatCredits('5000.5', 'en')).toBe('5,000.5');
    expect(formatCredits('5000.5', 'de')).toBe('5.000,5');
    expect(formatCredits('9007199254740993.125', 'en')).toBe('9,007,199,254,740,993.125');
  });

  it('the unit agrees with the amount', () => {
    expect(creditsWithUnit('1', 'en')).toBe('1 credit');
    expect(creditsWithUnit('1.000', 'en')).toBe('1 credit');
    expect(creditsWithUnit('0', 'en')).toBe('0 credits');
    expect(creditsWithUnit('4.5', 'en')).toBe('4.5 credits');
  });

  it('micro-dollars show small costs without rounding them to nothing', () => {
    expect(formatMicros('8333', 'en')).toBe('$0.0083');
    expect(formatMicros('2500000', 'en')).toBe('$2.50');
    expect(formatMicros('-40', 'en')).toBe('-$0.00');
    expect(formatMicros('49000000', 'en', 'eur')).toBe('€49.00');
  });

  it('bytes use the largest unit that keeps a whole part', () => {
    expect(formatBytes(0, 'en')).toBe('0 byte');
    expect(formatBytes(999, 'en')).toBe('999 byte');
    expect(formatBytes(1_250_000, 'en')).toBe('1.3 MB');
  });

  it('seconds become minutes and hours where that reads better', () => {
    expect(formatSeconds(6.4)).toBe('6 s');
    expect(formatSeconds(0.42, true)).toBe('0.4 s');
    expect(formatSeconds(65)).toBe('1 min 5 s');
    expect(formatSeconds(7380)).toBe('2 h 3 min');
  });

  it('an estimate is a range, or one number with a tilde', () => {
    expect(formatSecondsRange(5.8, 9.2)).toBe('6–9 s');
    expect(formatSecondsRange(0.2, 0.4)).toBe('~1 s');
    expect(formatSecondsRange(50, 80)).toBe('50 s – 1 min 20 s');
    expect(formatRemaining(6)).toBe('4–8 s');
  });

  it('an instant names its zone, a day is the same everywhere', () => {
    expect(formatExact('2026-11-21T14:03:07Z', 'UTC', 'en-GB')).toBe('21 Nov 2026, 14:03:07 UTC');
    expect(formatDay('2026-11-21', 'en-GB')).toBe('21 Nov 2026');
    expect(dayIn('Asia/Kolkata', new Date('2026-11-21T18:31:00Z'))).toBe('2026-11-22');
    expect(dayIn('America/New_York', new Date('2026-11-22T04:59:00Z'))).toBe('2026-11-21');
  });

  it('recent moments are told in words', () => {
    const now = Date.parse('2026-11-21T12:00:00Z');
    expect(formatAgo('2026-11-21T11:59:40Z', now, 'en')).toBe('now');
    expect(formatAgo('2026-11-21T11:55:00Z', now, 'en')).toBe('5 minutes ago');
    expect(formatAgo('2026-11-20T11:55:00Z', now, 'en')).toBe('yesterday');
  });
});
