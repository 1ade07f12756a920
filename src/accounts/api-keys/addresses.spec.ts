import { describe, expect, it } from 'vitest';
import { addressFilter, isAddressOrNetwork } from './addresses.js';

describe('the address list of a key', () => {
  it('accepts addresses and networks of both families, and nothing else', () => {
    for (const good of ['203.0.113.7', '203.0.113.0/24', '0.0.0.0/0', '2001:db8::1', '2001:db8::/32', '::/0'])
      expect(isAddressOrNetwork(good), good).toBe(true);
    for (const bad of [
      '',
      'localhost',
      '203.0.113',
      '203.0.113.7/33',
      '2001:db8::/129',
      '203.0.113.0/',
      '203.0.113.0/24/1',
      '203.0.113.0/-1',
      '203.0.113.0/2e1',
    ])
      expect(isAddressOrNetwork(bad), bad).toBe(false);
  });

  it('lets through what it holds, however the address is written', () => {
    const allows = addressFilter(['203.0.113.0/24', '198.51.100.9', '2001:db8::/32']);
    for (const ip of ['203.0.113.1', '203.0.113.255', '198.51.100.9', '2001:db8:1::5', '::ffff:203.0.113.9']) expect(allows(ip), ip).toBe(true);
    for (const ip of ['203.0.114.1', '198.51.100.10', '2001:db9::1', '::1', '', 'unknown']) expect(allows(ip), ip).toBe(false);
  });

  it('holds every address when it is empty', () => {
    expect(addressFilter([])('192.0.2.1')).toBe(true);
  });
});
