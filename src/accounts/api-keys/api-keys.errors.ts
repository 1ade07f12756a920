import { DomainError } from '../../platform/errors/index.js';

export const keyRevoked = (): DomainError =>
  new DomainError({ kind: 'conflict', code: 'key_revoked', detail: 'This key was revoked and cannot be changed. Make a new one.' });

/** Who holds a key's secret acts as its owner. */
export const notYourKey = (what: string): DomainError =>
  new DomainError({
    kind: 'forbidden',
    code: 'permission_denied',
    detail: `Only its owner may ${what} this key. You may revoke it, or take scopes, time or addresses from it.`,
  });
