import { KEY_SCOPES, ROLE_PERMISSIONS, TENANT_ROLES } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import { keyRights, rightsOf } from './rights.js';

describe('rights', () => {
  it('of a role are exactly its line in the table; an operator has the operator’s line beside it', () => {
    for (const role of TENANT_ROLES) {
      expect([...rightsOf(role, false)].toSorted()).toEqual([...new Set(ROLE_PERMISSIONS[role])].toSorted());
      expect(rightsOf(role, false).has('operator:tenants')).toBe(false);
      expect(rightsOf(role, true).has('operator:tenants')).toBe(true);
    }
  });

  it('of a key never exceed its scopes, nor the role its owner has now', () => {
    for (const role of TENANT_ROLES) {
      const rights = keyRights(KEY_SCOPES, role);
      for (const right of rights) expect(ROLE_PERMISSIONS[role]).toContain(right);
    }
    expect([...keyRights(['job:create', 'job:read'], 'viewer')]).toEqual(['job:read']);
    expect([...keyRights(['job:read'], 'owner')]).toEqual(['job:read']);
  });
});
