import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHAIN_START, canonical, follow, seal, type ChainEntry } from './chain.js';

const entry = (n: number): Omit<ChainEntry, 'seq'> => ({
  id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  tenantId: '00000000-0000-7000-8000-0000000000aa',
  at: `2026-01-01T00:00:00.${String(n).padStart(6, '0')}Z`,
  actorKind: 'user',
  actorId: null,
  via: null,
  action: 'key.created',
  target: `key_${n}`,
  before: null,
  after: { name: `k${n}`, scopes: ['job:read'] },
  ip: '127.0.0.1',
  requestId: null,
});
const sealed = (count: number) =>
  seal(
    CHAIN_START,
    Array.from({ length: count }, (_, n) => entry(n)),
  );

describe('the audit chain', () => {
  it('is whole when nothing was touched, and ends at the last hash', () => {
    const chain = sealed(20);
    const result = follow(CHAIN_START, chain);
    expect(result.fault).toBeUndefined();
    expect(result.head).toEqual({ seq: 20, hash: chain[19]!.hash });
  });

  it('is the same whether it is sealed at once or in pieces', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 12 }), (cut) => {
        const entries = Array.from({ length: 12 }, (_, n) => entry(n));
        const first = seal(CHAIN_START, entries.slice(0, cut));
        const rest = seal(first.at(-1) ?? CHAIN_START, entries.slice(cut));
        expect([...first, ...rest].map((e) => e.hash.toString('hex'))).toEqual(sealed(12).map((e) => e.hash.toString('hex')));
      }),
    );
  });

  it('names the first entry whose content was altered, whichever field it was', () => {
    for (const field of ['at', 'actorKind', 'actorId', 'via', 'action', 'target', 'before', 'after', 'ip', 'requestId', 'id', 'tenantId'] as const) {
      const chain = sealed(5).map((e) => (e.seq === 3 ? { ...e, [field]: 'forged' } : e));
      expect(follow(CHAIN_START, chain).fault, field).toEqual({ seq: 3, reason: 'altered' });
    }
  });

  it('names the place at which an entry is missing', () => {
    expect(
      follow(
        CHAIN_START,
        sealed(5).filter((e) => e.seq !== 4),
      ).fault,
    ).toEqual({ seq: 4, reason: 'missing' });
  });

  it('does not accept an entry that was altered and hashed anew, because the next no longer fits', () => {
    const chain = sealed(5);
    const forged = seal(chain[1]!, [{ ...entry(2), action: 'key.revoked' }])[0]!;
    expect(
      follow(
        CHAIN_START,
        chain.map((e) => (e.seq === 3 ? forged : e)),
      ).fault,
    ).toEqual({ seq: 4, reason: 'altered' });
  });

  it('writes one text for one value, whatever the order of its keys', () => {
    expect(canonical({ b: [1, { d: 1, c: null }], a: 'x', e: undefined })).toBe('{"a":"x","b":[1,{"c":null,"d":1}]}');
    fc.assert(fc.property(fc.jsonValue(), (value) => void expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)))));
  });
});
