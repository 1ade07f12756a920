import type { Permission } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import { termFaults, type KeyBounds, type KeyTerms } from './key-terms.js';

const now = new Date('2026-01-10T00:00:00Z');
const bounds: KeyBounds = { ownerMay: new Set<Permission>(['job:read', 'job:create']), maxDays: null, madeAt: now, now };
const terms: KeyTerms = { scopes: ['job:read'], expiresAt: null, ipAllow: [] };
const codes = (change: Partial<KeyTerms>, limits: Partial<KeyBounds> = {}) =>
  termFaults({ ...terms, ...change }, { ...bounds, ...limits }).map((fault) => `${fault.pointer} ${fault.code}`);

describe('the terms of an API key', () => {
  it('never go beyond what its owner may do', () => {
    expect(codes({ scopes: ['job:read', 'asset:read'] })).toEqual(['/scopes/1 scope_beyond_rights']);
  });

  it('end in the future, and no later than the tenant allows, counted from when the key was made', () => {
    expect(codes({ expiresAt: now })).toEqual(['/expiresAt in_the_past']);
    expect(codes({ expiresAt: new Date('2026-01-20T00:00:00Z') }, { maxDays: 10 })).toEqual([]);
    expect(codes({ expiresAt: new Date('2026-01-20T00:00:01Z') }, { maxDays: 10 })).toEqual(['/expiresAt too_late']);
    expect(codes({ expiresAt: null }, { maxDays: 10 })).toEqual(['/expiresAt too_late']);
  });

  it('are answered with every fault at once', () => {
    expect(codes({ scopes: ['usage:read'], expiresAt: new Date(0), ipAllow: ['1.2.3.4', 'here', '1.2.3.4/40'] })).toEqual([
      '/scopes/0 scope_beyond_rights',
      '/expiresAt in_the_past',
      '/ipAllow/1 not_an_address',
      '/ipAllow/2 not_an_address',
    ]);
  });
});
