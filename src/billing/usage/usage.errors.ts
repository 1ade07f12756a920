import { DomainError } from '../../platform/errors/index.js';

export const rateTaken = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'rate_card_exists',
    detail: 'A rate card of this class and capacity begins at that very instant. Choose another effectiveFrom.',
  });
