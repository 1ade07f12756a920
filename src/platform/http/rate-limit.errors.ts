import { DomainError } from '../errors/index.js';
import type { Verdict } from './gcra.js';

/** One limit after one call, for headers and messages. */
export interface RateState extends Verdict {
  policy: string;
  limit: number;
  windowMs: number;
}

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** `RateLimit-Policy: "api";q=200;w=60` and `RateLimit: "api";r=150;t=12` (IETF draft, structured fields). */
export const rateHeaders = (state: RateState): Record<string, string> => ({
  'ratelimit-policy': `"${state.policy}";q=${state.limit};w=${state.windowMs / 1000}`,
  ratelimit: `"${state.policy}";r=${state.remaining};t=${Math.ceil(state.resetMs / 1000)}`,
});

const WHAT: Record<string, string> = { api: 'API calls', generations: 'generations', uploads: 'uploads', ip: 'requests' };

export class RateLimited extends DomainError {
  constructor(readonly state: RateState) {
    const wait = seconds(state.retryAfterMs);
    const span = state.windowMs === 60_000 ? 'a minute' : state.windowMs === 3_600_000 ? 'an hour' : `${state.windowMs / 1000} seconds`;
    const cure = state.policy === 'ip' ? 'Send fewer' : 'Slow down, or choose a larger plan';
    super({
      kind: 'rate_limited',
      code: 'rate_limited',
      detail: `More than ${state.limit} ${WHAT[state.policy] ?? state.policy} ${span}. ${cure}; the next is taken in ${wait} second${wait === 1 ? '' : 's'}.`,
      retryAfterSeconds: wait,
      extra: { policy: state.policy, limit: state.limit, windowSeconds: state.windowMs / 1000 },
    });
  }
}
