import { ROLE_PERMISSIONS, type Permission, type Visibility } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import { systemCtx, type Ctx } from '../../platform/context/index.js';
import { accessTo, administers, mayManage, mayShow } from './asset.policy.js';

const as = (userId: string, role: 'owner' | 'admin' | 'member' | 'viewer', more: Partial<Ctx> = {}): Ctx => ({
  tenantId: 't',
  actor: { kind: 'user', userId, sessionId: 's' },
  requestId: 'r',
  permissions: new Set(ROLE_PERMISSIONS[role]),
  role,
  operator: false,
  ...more,
});
const key = (userId: string): Ctx =>
  as(userId, 'admin', { actor: { kind: 'key', keyId: 'k', userId }, permissions: new Set<Permission>(['asset:read', 'asset:create', 'asset:delete']) });
const asset = (visibility: Visibility) => ({ ownerId: 'anna', teamId: 'red', visibility });

describe('accessTo', () => {
  it('gives the owner everything, whatever the visibility', () => {
    for (const visibility of ['private', 'team', 'tenant', 'community'] as const) expect(accessTo(as('anna', 'member'), asset(visibility))).toBe('content');
  });
  it('hides private and foreign-team assets from other members', () => {
    expect(accessTo(as('ben', 'member'), asset('private'))).toBe('none');
    expect(accessTo(as('ben', 'member'), asset('team'))).toBe('none');
    expect(accessTo(as('ben', 'member', { teamId: 'blue' }), asset('team'))).toBe('none');
  });
  it('shows team assets to the team, tenant assets to all', () => {
    expect(accessTo(as('ben', 'viewer', { teamId: 'red' }), asset('team'))).toBe('content');
    expect(accessTo(as('ben', 'viewer'), asset('tenant'))).toBe('content');
  });
  it('never takes two absent teams for the same team', () => {
    expect(accessTo(as('ben', 'member'), { ownerId: 'anna', teamId: null, visibility: 'team' })).toBe('none');
  });
  it('lets admins read content only by the audited permission, and see metadata without it', () => {
    expect(accessTo(as('olga', 'owner'), asset('private'))).toBe('override');
    expect(accessTo(as('olga', 'owner', { permissions: new Set<Permission>(['asset:read']) }), asset('private'))).toBe('metadata');
  });
  it('gives a key of an admin what is its owner’s and what is shared, no more', () => {
    expect(accessTo(key('olga'), asset('private'))).toBe('none');
    expect(accessTo(key('olga'), asset('tenant'))).toBe('content');
    expect(accessTo(key('anna'), asset('private'))).toBe('content');
  });
  it('lets the house itself read', () => {
    expect(accessTo(systemCtx('t', 'sweep'), asset('private'))).toBe('content');
  });
});

it('mayManage: the owner and administrators, not those who merely see it', () => {
  expect(mayManage(as('anna', 'member'), asset('private'))).toBe(true);
  expect(mayManage(as('olga', 'admin'), asset('private'))).toBe(true);
  expect(mayManage(as('ben', 'member'), asset('tenant'))).toBe(false);
});

it('a key never administers, whoever owns it', () => {
  expect(administers(key('olga'))).toBe(false);
  expect(mayManage(key('olga'), asset('tenant'))).toBe(false);
  expect(mayManage(key('anna'), asset('private'))).toBe(true);
});

it('mayShow: somebody else’s asset is shown to others only by who may read it all', () => {
  expect(mayShow(as('anna', 'member'), asset('private'))).toBe(true);
  expect(mayShow(as('olga', 'admin'), asset('private'))).toBe(true);
  expect(mayShow(as('olga', 'admin', { permissions: new Set<Permission>(['asset:read', 'asset:create']) }), asset('private'))).toBe(false);
});
