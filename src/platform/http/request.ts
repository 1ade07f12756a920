import type { Ctx } from '../context/index.js';
import type { LogContext } from '../telemetry/index.js';
import type { IdempotencyClaim } from './idempotency-claim.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; set by AuthGuard, absent on public routes. */
    ctx?: Ctx;
    /** Set on unsafe methods by the idempotency interceptor. */
    idem?: IdempotencyClaim;
    logContext?: LogContext;
  }
}
