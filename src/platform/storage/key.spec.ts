import fc from 'fast-check';
import { resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkedKey } from './key.js';

describe('storage keys', () => {
  it('a key of ids passes', () => {
    const key = 't/0190b2d4-0000-7000-8000-000000000001/asset/0190b2d4-0000-7000-8000-000000000002.png';
    expect(checkedKey(key)).toBe(key);
  });
  it.each([
    '',
    '/',
    '/etc/passwd',
    '../x',
    'a/../b',
    'a/./b',
    'a//b',
    'a/',
    '.tmp/x',
    'a/.hidden',
    'a\\b',
    'a\0b',
    'a%2e%2e/b',
    'a b',
    'ä',
    'a/b.meta',
    'a'.repeat(513),
    'a\n',
    'C:/x',
  ])('the key %j is refused', (key) => expect(() => checkedKey(key)).toThrowError(expect.objectContaining({ code: 'storage_key_invalid' })));
  it('whatever passes stays inside the folder', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '.', '/', '\\', '%', '\0', '~', '-') }), (key) => {
        try {
          checkedKey(key);
        } catch {
          return;
        }
        expect(resolve('/files', key).startsWith(`/files${sep}`)).toBe(true);
      }),
    );
  });
});
