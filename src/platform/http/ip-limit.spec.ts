import { describe, expect, it } from 'vitest';
import { callerAddress } from './ip-limit.guard.js';

describe('one caller, one address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2a01:4f8:1:2:3:4:5:6', '2a01:4f8:1:2'],
    ['2a01:4f8:1:2::9', '2a01:4f8:1:2'],
    ['2a01:4f8::1', '2a01:4f8:0:0'],
    ['::1', '0:0:0:0'],
  ])('%s counts as %s', (ip, address) => expect(callerAddress(ip)).toBe(address));
});
