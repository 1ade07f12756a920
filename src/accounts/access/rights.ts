import { ROLE_PERMISSIONS, type Permission, type TenantRole } from '@atelier/contracts';

/** What a person may do in a tenant; an operator also what operators may. */
export function rightsOf(role: TenantRole, operator: boolean): ReadonlySet<Permission> {
  return new Set([...ROLE_PERMISSIONS[role], ...(operator ? ROLE_PERMISSIONS.operator : [])]);
}

/** What a key may do: its scopes, as far as its owner's role has them now. A key never carries an operator's rights. */
export function keyRights(scopes: readonly Permission[], ownerRole: TenantRole): ReadonlySet<Permission> {
  const owner = new Set(ROLE_PERMISSIONS[ownerRole]);
  return new Set(scopes.filter((scope) => owner.has(scope)));
}
