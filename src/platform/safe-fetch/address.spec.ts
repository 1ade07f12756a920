import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPublicAddress, literalOf } from './address.js';

describe('addresses of the open internet', () => {
  it.each(['1.1.1.1', '8.8.8.8', '93.184.216.34', '172.15.255.255', '172.32.0.1', '100.63.255.255', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::1'])(
    '%s is open',
    (a) => expect(isPublicAddress(a)).toBe(true),
  );
  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '239.1.1.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::7f00:1',
    '64:ff9b:1::a00:1',
    'fe80::1',
    'fec0::1',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '100::1',
    '3fff::1',
    'localhost',
    '',
    'fe80::1%eth0',
  ])('%s is closed', (a) => expect(isPublicAddress(a)).toBe(false));
  it('no IPv4 address of a private network is open, in any wrapping', () => {
    const octet = fc.nat(255);
    fc.assert(
      fc.property(octet, octet, octet, (b, c, d) => {
        for (const ip of [`10.${b}.${c}.${d}`, `127.${b}.${c}.${d}`, `192.168.${c}.${d}`, `169.254.${c}.${d}`]) {
          expect(isPublicAddress(ip)).toBe(false);
          expect(isPublicAddress(`::ffff:${ip}`)).toBe(false);
          expect(isPublicAddress(`64:ff9b::${ip}`)).toBe(false);
        }
      }),
    );
  });
});

describe('spellings of loopback', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://127.0.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://127.0.0.1./',
    'http://0/',
    'http://0.0.0.0/',
    'http://[::1]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[64:ff9b::127.0.0.1]/',
    'http://１２７.０.０.１/',
    'http://①②⑦.⓪.⓪.①/',
  ])('%s is seen through', (address) => {
    const literal = literalOf(new URL(address).hostname);
    expect(literal).not.toBeNull();
    expect(isPublicAddress(literal!)).toBe(false);
  });
  it('a name is no literal', () => expect(literalOf(new URL('http://localhost.example/').hostname)).toBeNull());
});
