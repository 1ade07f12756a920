import { TENANT_ROLES } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import { refusal } from './members.policy.js';

const owner = { role: 'owner', status: 'active' } as const;
const member = { role: 'member', status: 'active' } as const;

describe('changing members', () => {
  it('never takes the last owner away, whoever asks', () => {
    for (const to of [...TENANT_ROLES.filter((role) => role !== 'owner'), null])
      expect(refusal({ by: 'owner', target: owner, to, owners: 1 })?.code).toBe('last_owner');
    expect(refusal({ by: 'owner', target: owner, to: null, owners: 2 })).toBeNull();
  });

  it('lets only an owner make, change or remove an owner', () => {
    expect(refusal({ by: 'admin', target: member, to: 'owner', owners: 1 })?.code).toBe('owners_only');
    expect(refusal({ by: 'admin', target: owner, to: null, owners: 2 })?.code).toBe('owners_only');
    expect(refusal({ by: 'owner', target: member, to: 'owner', owners: 1 })).toBeNull();
    expect(refusal({ by: 'admin', target: member, to: 'viewer', owners: 1 })).toBeNull();
  });

  it('gives no role to somebody who was deactivated, and deactivates twice without a fault', () => {
    expect(refusal({ by: 'owner', target: { role: 'member', status: 'inactive' }, to: 'admin', owners: 1 })?.code).toBe('member_inactive');
    expect(refusal({ by: 'owner', target: { role: 'owner', status: 'inactive' }, to: null, owners: 1 })).toBeNull();
  });
});
