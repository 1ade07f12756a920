import { DomainError } from '../../platform/errors/index.js';

export const poolIsFull = (name: string, max: number): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'pool_is_full',
    detail: `The pool ${name} has its maximum of ${max} boxes. Raise its max (PATCH /fleet/pools) or stop a box first.`,
  });

export const poolIsPaused = (name: string): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'pool_is_paused',
    detail: `The pool ${name} is paused. Set paused to false (PATCH /fleet/pools) and start the box again.`,
  });

export const providerUnavailable = (provider: string): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'provider_unavailable',
    detail: `This installation cannot start boxes of the provider ${provider} from here. Use a pool of the provider local, on a process that serves boxes.`,
  });
