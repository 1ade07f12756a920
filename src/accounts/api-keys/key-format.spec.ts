import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksum, lookupOf, newKey } from './key-format.js';

describe('an API key', () => {
  it('has the form atl_live_<12>_<30>_<6> and is found by its 12', () => {
    for (let i = 0; i < 200; i++) {
      const { key, lookup } = newKey();
      expect(key).toMatch(/^atl_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{30}_[0-9A-Za-z]{6}$/);
      expect(lookupOf(key)).toBe(lookup);
    }
  });

  it('is refused by its checksum when any one character was mistyped', () => {
    const { key } = newKey();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: key.length - 1 }), fc.constantFrom(...'0aZ_-é'), (at, letter) => {
        if (key[at] === letter) return;
        expect(lookupOf(key.slice(0, at) + letter + key.slice(at + 1))).toBeNull();
      }),
    );
  });

  it('is refused whatever else is sent in its place', () => {
    fc.assert(fc.property(fc.string({ maxLength: 80 }), (text) => void expect(lookupOf(text)).toBeNull()));
    const { key } = newKey();
    for (const other of [`${key} `, ` ${key}`, `${key}\n`, key.slice(0, -1), key.toUpperCase(), `${key}${key}`, '']) expect(lookupOf(other)).toBeNull();
  });

  it('carries CRC-32 in base62: known values', () => {
    expect(checksum('')).toBe('000000');
    // CRC-32 of "123456789" is 0xCBF43926 = 3421780262.
    expect(checksum('123456789')).toBe('3jZRME');
  });
});
