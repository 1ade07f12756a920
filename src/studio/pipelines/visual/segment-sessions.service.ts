import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../../platform/context/index.js';
import type { IdempotencyClaim } from '../../../platform/http/index.js';
import { parseId, typeId } from '../../../platform/ids/index.js';
import { Faults, JobGrowth, Jobs, readDto } from '../../jobs/index.js';
import type { ClickView, SegmentSessionView } from './segment-sessions.dto.js';
import { SegmentSession } from './segment-session.service.js';
import { clickFailed, notASession, stillWorking, tooManyClicks } from './visual.errors.js';
import { notePoints } from './visual-job.js';
import { ClicksDto, SegmentSessionDto } from './visual.dto.js';

/** A click is answered within so many seconds, or told to come back. */
const PATIENCE_SECONDS = 30;
/** Clicks cost nothing beside the session's price, so that somebody must not ask for ever. */
const CLICKS_MAX = 200;

/** Sessions of clicks on one picture. A session is a job that stays open, and goes by the job's id. */
@Injectable()
export class SegmentSessions {
  constructor(
    private readonly jobs: Jobs,
    private readonly growth: JobGrowth,
    private readonly pipeline: SegmentSession,
  ) {}

  async open(ctx: Ctx, body: unknown, claim: IdempotencyClaim): Promise<SegmentSessionView> {
    const { job } = await this.jobs.run(ctx, 'segment-session', body, claim);
    return this.get(ctx, parseId('job', job.id));
  }

  /** @throws DomainError 404 */
  async get(ctx: Ctx, id: string): Promise<SegmentSessionView> {
    const job = await this.growth.get(ctx, id);
    if (job.operation !== 'segment-session') throw notASession();
    const { image, quality } = job.parameters as unknown as SegmentSessionDto;
    return { id: typeId('job', id), image, quality, open: job.open && !job.cancelRequestedAt, expiresAt: job.openUntil!.toISOString(), status: job.status };
  }

  /**
   * The mask of all clicks so far, as an asset.
   * @throws DomainError 404, 403, 409 `session_ended`, 422, 503 when no box came to it in time
   */
  async click(ctx: Ctx, id: string, body: unknown): Promise<ClickView> {
    const { image, quality } = await this.get(ctx, id);
    const faults = Faults.none();
    const { points } = readDto(ClicksDto, body, faults);
    const session = await this.pipeline.resolve(ctx, { image, quality }, faults);
    if (!faults.touch('/points')) notePoints(points, session.work, faults);
    faults.throwIfAny();
    const taskId = await this.growth.grow(ctx, id, (_job, soFar) => {
      if (soFar > CLICKS_MAX) throw tooManyClicks(CLICKS_MAX);
      return this.pipeline.look(session, points);
    });
    const { task, outputs } = await this.growth.wait(ctx, id, taskId, PATIENCE_SECONDS);
    const [mask] = outputs;
    if (task.state === 'failed' || task.state === 'canceled') throw clickFailed(task.error);
    if (!mask) throw stillWorking();
    return { sessionId: typeId('job', id), mask };
  }

  /** Ends a session at once; what it has made stays. */
  async close(ctx: Ctx, id: string): Promise<SegmentSessionView> {
    await this.get(ctx, id);
    await this.jobs.cancel(ctx, id);
    return this.get(ctx, id);
  }
}
