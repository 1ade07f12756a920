import {
  applyDecorators,
  HttpCode,
  Injectable,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiHeader, ApiOperation } from '@nestjs/swagger';
import { TERMINAL_JOB_STATUSES } from '@atelier/contracts';
import type { FastifyReply } from 'fastify';
import { map, type Observable } from 'rxjs';
import { JobView } from './jobs.dto.js';

export interface AcceptedJob {
  job: JobView;
  /** Seconds the caller asked to wait for the end (`Prefer: wait=N`), honoured up to 60. */
  waitedSeconds?: number;
}

/** Says in headers what the body does not: where the job is, and whether the wish to wait was honoured. */
@Injectable()
export class AcceptedJobInterceptor implements NestInterceptor<AcceptedJob, JobView> {
  intercept(context: ExecutionContext, next: CallHandler<AcceptedJob>): Observable<JobView> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map(({ job, waitedSeconds }) => {
        reply.header('location', `/api/v1/jobs/${job.id}`);
        if (waitedSeconds !== undefined) {
          reply.header('preference-applied', `wait=${waitedSeconds}`);
          if (TERMINAL_JOB_STATUSES.includes(job.status)) reply.status(200);
        }
        return job;
      }),
    );
  }
}

/** A route that submits a job: 202 with the job, its address in `Location`. The body is checked by the service, so that all faults come at once. */
export const AcceptsJob = (operationId: string, summary: string, body: Type<object>): MethodDecorator =>
  applyDecorators(
    HttpCode(202),
    UseInterceptors(AcceptedJobInterceptor),
    ApiOperation({ operationId, summary }),
    ApiBody({ type: body }),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'Required when the caller is an API key; the same key answers the same job for 24 hours.',
    }),
    ApiHeader({
      name: 'prefer',
      required: false,
      description: '`wait=N`: answer when the job has ended, at most N ≤ 60 seconds later (then 200 with the outputs).',
    }),
    ApiAcceptedResponse({ type: JobView, headers: { Location: { description: 'The job.', schema: { type: 'string' } } } }),
  );
