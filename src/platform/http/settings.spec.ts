import { describe, expect, it } from 'vitest';
import type { EnvReader } from '../config/index.js';
import { httpConfig } from './settings.js';

const proxies = (value: string | undefined): unknown => {
  const env = { optionalString: () => value, int: (_name: string, fallback: number) => fallback } as unknown as EnvReader;
  return httpConfig.read(env).trustProxy;
};

describe('TRUST_PROXY', () => {
  it.each([
    [undefined, false],
    ['0', false],
    ['false', false],
    ['1', 1],
    ['10.0.0.0/8, 192.168.1.1', ['10.0.0.0/8', '192.168.1.1']],
    ['loopback', ['loopback']],
    ['fd00::/8', ['fd00::/8']],
  ])('%s means %j', (text, wanted) => expect(proxies(text)).toEqual(wanted));
  it.each(['yes', 'true', 'everybody', '10.0.0.0/8;x'])('%s would believe anybody or nobody, and is refused', (text) =>
    expect(() => proxies(text)).toThrowError(/^TRUST_PROXY cannot be used: set it to/),
  );
});
