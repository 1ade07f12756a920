import { DomainError } from '../../platform/errors/index.js';

export const lastOwner = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'last_owner',
    detail: 'This is the last owner of the tenant, and a tenant needs one. Make somebody else owner first.',
  });

export const ownersOnly = (): DomainError =>
  new DomainError({ kind: 'forbidden', code: 'owners_only', detail: 'Only an owner makes, changes or removes an owner. Ask one of the owners to do it.' });

export const notActive = (): DomainError =>
  new DomainError({ kind: 'conflict', code: 'member_inactive', detail: 'This member is deactivated, so there is no role to change.' });
