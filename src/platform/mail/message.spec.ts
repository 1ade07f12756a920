import { describe, expect, it } from 'vitest';
import { ATTEMPTS_MAX, headerText, retryAfterSeconds } from './message.js';

describe('mail', () => {
  it('tries again after 30 s, then twice as long each time, at most 6 h', () => {
    expect([1, 2, 3, 4].map(retryAfterSeconds)).toEqual([30, 60, 120, 240]);
    expect(retryAfterSeconds(30)).toBe(21_600);
    const total = Array.from({ length: ATTEMPTS_MAX }, (_, i) => retryAfterSeconds(i + 1)).reduce((a, b) => a + b);
    expect(total).toBe(7_650);
  });
  it('a subject cannot start a header of its own', () => {
    expect(headerText('Hello\r\nBcc: everybody@example.com')).toBe('Hello Bcc: everybody@example.com');
    expect(headerText('a\u2028b\0c')).toBe('a b c');
  });
});
