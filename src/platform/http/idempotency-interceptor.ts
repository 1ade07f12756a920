import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, from, mergeMap, of, tap, type Observable } from 'rxjs';
import type { Ctx } from '../context/index.js';
import { log } from '../telemetry/index.js';
import { isIdempotentInService, spendsMoney } from './access.js';
import { claimOf, type IdempotencyClaim } from './idempotency-claim.js';
import { keyRequired } from './idempotency.errors.js';
import { Idempotency, type StoredResponse } from './idempotency.service.js';
import { asDomainError, PROBLEM_TYPE, problemOf } from './problem.js';

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const REPLAYED = 'idempotent-replayed';

/** Reads the `Idempotency-Key` of every unsafe request and, where the service does not do it itself, answers a repetition with the first answer. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly logger = log('http');

  constructor(private readonly idempotency: Idempotency) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!UNSAFE.has(request.method)) return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const { ctx } = request;
    const idem = (request.idem = claimOf(request));
    if (idem.key === undefined && ctx?.actor.kind === 'key' && spendsMoney(context)) throw keyRequired();
    if (isIdempotentInService(context)) return next.handle().pipe(tap(() => idem.replayed && reply.header(REPLAYED, 'true')));
    if (idem.key === undefined || !ctx) return next.handle();
    const stored = await this.idempotency.claim(ctx, idem, idem.key);
    return stored ? replay(reply, stored) : this.run(next, request, reply, ctx, idem, idem.key);
  }

  private run(next: CallHandler, request: FastifyRequest, reply: FastifyReply, ctx: Ctx, idem: IdempotencyClaim, key: string): Observable<unknown> {
    return next.handle().pipe(
      mergeMap(async (body: unknown) => {
        await this.settle(this.idempotency.keep(ctx, idem, key, { status: reply.statusCode, body }));
        return body;
      }),
      catchError((error: unknown) => from(this.fail(error, request, ctx, idem, key))),
    );
  }

  /** A refusal is an answer and is kept; what may go better next time, and every fault of ours, is not. */
  private async fail(error: unknown, request: FastifyRequest, ctx: Ctx, idem: IdempotencyClaim, key: string): Promise<never> {
    const problem = problemOf(error, request);
    const final = problem.status < 500 && !asDomainError(error).retryable;
    await this.settle(final ? this.idempotency.keep(ctx, idem, key, { status: problem.status, body: problem }) : this.idempotency.release(ctx, idem, key));
    throw error;
  }

  /** The work is done (or refused) by now; that its answer could not be kept must not turn it into an error. The claim lapses by itself. */
  private async settle(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => this.logger.warn({ err: error }, 'the answer to an Idempotency-Key could not be kept'));
  }
}

function replay(reply: FastifyReply, stored: StoredResponse): Observable<unknown> {
  reply.code(stored.status).header(REPLAYED, 'true');
  if (stored.status >= 400) reply.type(PROBLEM_TYPE);
  return of(stored.body ?? undefined);
}
