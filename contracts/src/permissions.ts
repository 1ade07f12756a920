/**
 * The one table of rights. Every route names a permission (or `public` / `self`); roles are sets of permissions, without wildcard.
 * `operator` is a platform role, apart from every tenant role: an operator has no rights inside a tenant.
 */
export const PERMISSIONS = [
  'job:create',
  'job:read',
  'job:cancel',
  'asset:create',
  'asset:read',
  'asset:delete',
  'content:read_all',
  'model:read',
  'model:write',
  'model:import',
  'moderation:read',
  'moderation:write',
  'billing:read',
  'billing:write',
  'usage:read',
  'usage:export',
  'budget:read',
  'budget:ask',
  'budget:write',
  'cost:read',
  'member:read',
  'member:write',
  'tenant:read',
  'tenant:write',
  'key:read',
  'key:write',
  'webhook:read',
  'webhook:write',
  'audit:read',
  'operator:tenants',
  'operator:plans',
  'operator:grants',
  'operator:mail',
  'operator:models',
  'fleet:read',
  'fleet:write',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

export const TENANT_ROLES = ['owner', 'admin', 'billing', 'member', 'viewer', 'auditor'] as const;
export type TenantRole = (typeof TENANT_ROLES)[number];
export const PLATFORM_ROLES = ['operator'] as const;
export type PlatformRole = (typeof PLATFORM_ROLES)[number];

const reading: Permission[] = ['job:read', 'asset:read', 'model:read', 'tenant:read', 'member:read', 'billing:read', 'budget:read'];
const making: Permission[] = ['job:create', 'job:cancel', 'asset:create', 'asset:delete', 'budget:ask'];

export const ROLE_PERMISSIONS: Readonly<Record<TenantRole | PlatformRole, readonly Permission[]>> = {
  owner: [
    ...reading,
    ...making,
    'content:read_all',
    'model:write',
    'model:import',
    'moderation:read',
    'moderation:write',
    'billing:write',
    'budget:write',
    'usage:read',
    'usage:export',
    'member:write',
    'tenant:write',
    'key:read',
    'key:write',
    'webhook:read',
    'webhook:write',
    'audit:read',
  ],
  admin: [
    ...reading,
    ...making,
    'content:read_all',
    'model:write',
    'model:import',
    'moderation:read',
    'moderation:write',
    'budget:write',
    'usage:read',
    'usage:export',
    'member:write',
    'tenant:write',
    'key:read',
    'key:write',
    'webhook:read',
    'webhook:write',
    'audit:read',
  ],
  billing: ['tenant:read', 'member:read', 'billing:read', 'billing:write', 'budget:read', 'budget:write', 'usage:read', 'usage:export'],
  member: [...reading, ...making, 'key:read', 'key:write', 'usage:read'],
  viewer: reading,
  auditor: ['tenant:read', 'member:read', 'billing:read', 'budget:read', 'usage:read', 'usage:export', 'audit:read'],
  operator: [
    'operator:tenants',
    'operator:plans',
    'operator:grants',
    'operator:mail',
    'operator:models',
    // For files and states of the catalogue; over models of the tenant it gives no right.
    'model:import',
    'fleet:read',
    'fleet:write',
    'cost:read',
    'usage:read',
  ],
};

/** Scopes an API key may carry; a key never has more than its owner's role. */
export const KEY_SCOPES = [
  'job:create',
  'job:read',
  'job:cancel',
  'asset:create',
  'asset:read',
  'asset:delete',
  'model:read',
  'billing:read',
  'usage:read',
  'webhook:read',
  'webhook:write',
  'usage:export',
] as const satisfies readonly Permission[];

export const VISIBILITIES = ['private', 'team', 'tenant', 'community'] as const;
export type Visibility = (typeof VISIBILITIES)[number];
