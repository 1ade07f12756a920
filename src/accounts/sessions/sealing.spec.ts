import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openBytes, sealBytes } from './sealing.js';

describe('a sealed value', () => {
  const key = randomBytes(32);
  const plain = Buffer.from('a private key');

  it('opens with its key and label only', () => {
    const sealed = sealBytes(key, 'kid-1', plain);
    expect(openBytes(key, 'kid-1', sealed)).toEqual(plain);
    expect(openBytes(key, 'kid-2', sealed)).toBeNull();
    expect(openBytes(randomBytes(32), 'kid-1', sealed)).toBeNull();
  });

  it('does not open when a byte of it was changed or cut off', () => {
    const sealed = sealBytes(key, 'kid-1', plain);
    for (let i = 0; i < sealed.length; i++) {
      const forged = Buffer.from(sealed);
      forged[i]! ^= 1;
      expect(openBytes(key, 'kid-1', forged)).toBeNull();
      expect(openBytes(key, 'kid-1', sealed.subarray(0, i))).toBeNull();
    }
  });

  it('is never twice the same', () => {
    expect(sealBytes(key, 'kid-1', plain).equals(sealBytes(key, 'kid-1', plain))).toBe(false);
  });
});
