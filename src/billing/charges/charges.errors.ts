import { invalid, type DomainError } from '../../platform/errors/index.js';

export const grantNotToBuy = (): DomainError =>
  invalid([
    {
      pointer: '/grantId',
      code: 'grant_not_to_buy',
      message: 'The tenant has no grant of this id that was not bought yet.',
      fix: 'Grant the credits first, then record the purchase with the id of that grant.',
    },
  ]);
