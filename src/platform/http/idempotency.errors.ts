import { DomainError } from '../errors/index.js';

export const keyReused = (): DomainError =>
  new DomainError({
    kind: 'invalid',
    code: 'idempotency_key_reused',
    detail: 'This Idempotency-Key was used within the last 24 hours for another request to this path. Send a new key with a new request.',
  });

export const keyInProgress = (): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'idempotency_in_progress',
    retryable: true,
    retryAfterSeconds: 1,
    detail: 'A request with this Idempotency-Key is still running. Ask again in a moment to get its answer.',
  });

export const keyRequired = (): DomainError =>
  new DomainError({
    kind: 'malformed',
    code: 'idempotency_key_required',
    detail:
      'This request costs credits and comes from an API key: send an Idempotency-Key header (a random UUID), so that a repeated request is not charged twice.',
  });
