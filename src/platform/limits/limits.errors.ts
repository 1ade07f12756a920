import { DomainError } from '../errors/index.js';
import type { Verdict } from './meter.js';

/** One limit after one call, for headers and messages. */
export interface RateState extends Verdict {
  policy: string;
  limit: number;
  windowMs: number;
}

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** `RateLimit-Policy: "api";q=200;w=60` and `RateLimit: "api";r=150;t=12` (IETF draft, structured fields). After a refusal `t` says what Retry-After says. */
export const rateHeaders = (states: readonly RateState[]): Record<string, string> =>
  states.length === 0
    ? {}
    : {
        'ratelimit-policy': states.map(({ policy, limit, windowMs }) => `"${policy}";q=${limit};w=${windowMs / 1000}`).join(', '),
        ratelimit: states
          .map(
            ({ policy, remaining, allowed, resetMs, retryAfterMs }) =>
              `"${policy}";r=${remaining};t=${allowed ? Math.ceil(resetMs / 1000) : seconds(retryAfterMs)}`,
          )
          .join(', '),
      };

const WHAT: Record<string, string> = { api: 'API calls', generations: 'generations', uploads: 'uploads', ip: 'requests' };

export class RateLimited extends DomainError {
  constructor({ policy, limit, windowMs, retryAfterMs }: RateState) {
    const wait = seconds(retryAfterMs);
    const span = windowMs === 60_000 ? 'a minute' : windowMs === 3_600_000 ? 'an hour' : `${windowMs / 1000} seconds`;
    const cure = policy === 'ip' ? 'Send fewer' : 'Slow down, or choose a larger plan';
    super({
      kind: 'rate_limited',
      code: 'rate_limited',
      detail: `More than ${limit} ${WHAT[policy] ?? policy} ${span}. ${cure}; the next is taken in ${wait} second${wait === 1 ? '' : 's'}.`,
      retryAfterSeconds: wait,
      extra: { policy, limit, windowSeconds: windowMs / 1000, 'violated-policies': [policy] },
    });
  }
}

export const limitsUnreachable = (cause: unknown): DomainError =>
  new DomainError({
    kind: 'unavailable',
    code: 'temporary_reduced_capacity',
    detail: 'What your plan allows cannot be counted at the moment, so nothing that costs is taken. Try again in a few seconds with the same Idempotency-Key.',
    retryAfterSeconds: 2,
    cause,
  });
