import { describe, expect, it } from 'vitest';
import { newId, typeId } from '../../platform/ids/index.js';
import { concerns, placeOf, type Identity, type Place } from './identity.js';
import { rightsOf } from './rights.js';

const [own, company, foreign] = [newId(), newId(), newId()] as const;
const place = (tenantId: string, change: Partial<Place> = {}): Place => ({
  tenantId,
  tenantName: 't',
  role: 'owner',
  active: true,
  suspended: false,
  permissions: rightsOf('owner', false),
  ...change,
});
const identity = (places: Place[], homeTenantId = own): Identity => ({
  actor: { kind: 'user', userId: 'u', sessionId: 's' },
  homeTenantId,
  places,
  operator: false,
  endsAt: null,
  allowsAddress: () => true,
});
const outcome = (who: Identity, wanted?: string) => {
  try {
    return placeOf(who, wanted).tenantId;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('where a request acts', () => {
  it('is the tenant of the session, or the one that X-Tenant names', () => {
    const who = identity([place(own), place(company)]);
    expect(outcome(who)).toBe(own);
    expect(outcome(who, typeId('tnt', company))).toBe(company);
  });

  it('is never a tenant the caller is not in, or has left: that one does not exist for them', () => {
    const who = identity([place(own), place(company, { active: false })]);
    for (const wanted of [typeId('tnt', foreign), typeId('tnt', company), 'tnt_nonsense', typeId('usr', own), ''])
      expect(outcome(who, wanted), wanted).toBe('not_found');
  });

  it('falls back to another tenant when the usual one was left or suspended', () => {
    expect(outcome(identity([place(own, { active: false }), place(company)]))).toBe(company);
    expect(outcome(identity([place(own, { suspended: true }), place(company)]))).toBe(company);
    expect(outcome(identity([place(own, { suspended: true })]))).toBe('tenant_suspended');
    expect(outcome(identity([place(own, { active: false })]))).toBe('no_tenant');
  });

  it('is forgotten on news about its session, its person or one of its tenants', () => {
    const who = identity([place(own)]);
    for (const id of ['s', 'u', own]) expect(concerns(who, id)).toBe(true);
    expect(concerns(who, foreign)).toBe(false);
  });
});
