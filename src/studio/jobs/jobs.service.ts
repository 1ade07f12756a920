import type { JobEvent, Operation } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../platform/context/index.js';
import type { IdempotencyClaim } from '../../platform/http/index.js';
import { parseId } from '../../platform/ids/index.js';
import type { AcceptedJob } from './accepted-job.js';
import { Advance } from './course/advance.service.js';
import type { EstimateView, JobExplainView, JobListQuery, JobLogView, JobOutputsView, JobPage, JobStatusView, JobView } from './jobs.dto.js';
import { Explanations } from './reading/explanation.service.js';
import { JobEnds, preferredWait } from './reading/job-ends.service.js';
import { JobReader } from './reading/job-reader.service.js';
import { acceptedView } from './reading/job-view.js';
import { Estimates } from './submission/estimate.service.js';
import { Intake } from './submission/intake.service.js';

/** The face of the room: every job that anybody asks for, looks at or cancels. */
@Injectable()
export class Jobs {
  constructor(
    private readonly intake: Intake,
    private readonly estimates: Estimates,
    private readonly course: Advance,
    private readonly reader: JobReader,
    private readonly explanations: Explanations,
    private readonly ends: JobEnds,
  ) {}

  /** The general form: `{operation, parameters, teamId?, visibility?}`. @throws DomainError 402, 403, 404, 422, 429; then nothing was kept or held */
  submit(ctx: Ctx, body: unknown, claim: IdempotencyClaim, prefer?: string): Promise<AcceptedJob> {
    return this.accept(ctx, claim, prefer, body);
  }

  /** The sugar: the body holds the parameters, and `teamId` and `visibility` beside them. */
  run(ctx: Ctx, operation: Operation, body: unknown, claim: IdempotencyClaim, prefer?: string): Promise<AcceptedJob> {
    return this.accept(ctx, claim, prefer, body, operation);
  }

  /** The same checks and the same price, without any trace. */
  estimate(ctx: Ctx, body: unknown): Promise<EstimateView> {
    return this.estimates.of(ctx, body);
  }

  list(ctx: Ctx, query: Partial<JobListQuery> & { limit: number }): Promise<JobPage> {
    return this.reader.list(ctx, query);
  }

  history(ctx: Ctx, query: Partial<JobListQuery> & { limit: number }): Promise<JobPage> {
    return this.reader.list(ctx, query, { ended: true });
  }

  get(ctx: Ctx, id: string): Promise<JobView> {
    return this.reader.get(ctx, id);
  }

  status(ctx: Ctx, id: string): Promise<JobStatusView> {
    return this.reader.status(ctx, id);
  }

  outputs(ctx: Ctx, id: string): Promise<JobOutputsView> {
    return this.reader.outputs(ctx, id);
  }

  log(ctx: Ctx, id: string): Promise<JobLogView> {
    return this.reader.log(ctx, id);
  }

  explain(ctx: Ctx, id: string): Promise<JobExplainView> {
    return this.explanations.of(ctx, id);
  }

  /** Stored events above a number, oldest first, at most `limit`. */
  eventsAfter(ctx: Ctx, id: string, afterId: number, limit: number): Promise<JobEvent[]> {
    return this.reader.eventsAfter(ctx, id, afterId, limit);
  }

  /** `accepted`: the job was asked to stop (it may have stopped already); else it had ended and is as it was. */
  async cancel(ctx: Ctx, id: string): Promise<{ job: JobView; accepted: boolean }> {
    const { accepted } = await this.course.cancel(ctx, id);
    return { job: await this.reader.get(ctx, id), accepted };
  }

  private async accept(ctx: Ctx, claim: IdempotencyClaim, prefer: string | undefined, body: unknown, operation?: Operation): Promise<AcceptedJob> {
    const { row, replayed } = await this.intake.take(ctx, claim, body, operation);
    claim.replayed = replayed;
    const job = acceptedView(row, ctx.permissions.has('cost:read'));
    const seconds = preferredWait(prefer);
    if (seconds === undefined) return { job };
    return { job: await this.ends.wait(ctx, parseId('job', job.id), seconds), waitedSeconds: seconds };
  }
}
