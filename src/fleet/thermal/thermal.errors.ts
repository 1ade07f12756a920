import { DomainError } from '../../platform/errors/index.js';

export const noWeights = (): DomainError =>
  new DomainError({
    kind: 'not_found',
    code: 'no_weights',
    detail: 'This model has no weights that could be warm or cold: it is not imported yet, or it needs none. Import its files first.',
  });
