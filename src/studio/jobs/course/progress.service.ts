import type { JobEventData, TaskBeat } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { ObservedTask, TaskObserver } from '../../../fleet/tasks/index.js';
import { onCommit, TenantTx } from '../../../platform/database/index.js';
import { Wakeups } from '../../../platform/outbox/index.js';
import { previewEvent, progressEvent } from '../job-event.js';
import type { NewEvent } from '../job.entity.js';
import { insertEvents, moveProgress, type MovedJob } from '../jobs.repository.js';
import { secondsLeft } from '../reading/job-view.js';
import { Advance } from './advance.service.js';

/** Hears from the fleet how far tasks are, and stores it as events of their jobs: at most two a second and job, in whatever process they are heard. */
@Injectable()
export class JobProgress implements TaskObserver {
  constructor(
    private readonly tx: TenantTx,
    private readonly wakeups: Wakeups,
    private readonly advance: Advance,
  ) {}

  async progress(
    { tenantId, jobId }: ObservedTask,
    beat: Pick<TaskBeat, 'step' | 'totalSteps' | 'stage' | 'state'>,
    preview?: TaskBeat['preview'],
  ): Promise<void> {
    const status = await this.tx.run({ tenantId }, async (em) => {
      const fraction = beat.totalSteps > 0 ? Math.min(1, Math.max(0, beat.step / beat.totalSteps)) : 0;
      const job = await moveProgress(em, tenantId, jobId, {
        fraction,
        stage: beat.stage,
        waitReason: beat.state === 'loading' ? 'model_loading' : null,
        events: preview ? 2 : 1,
      });
      if (!job) return null;
      const events: NewEvent[] = [progressEvent(jobId, told(job, beat))];
      if (preview) events.push(previewEvent(jobId, preview.step, preview.dataUrl));
      await insertEvents(em, tenantId, jobId, job.eventSeq, events);
      onCommit(() => this.wakeups.wake('job', jobId));
      return job.status;
    });
    // The first word of a running task is also news about the job.
    if (status !== null && status !== 'processing') await this.advance.advance(tenantId, jobId);
  }
}

/** The steps of all units as one line, so that a batch counts up once and not once per picture. */
const told = (job: MovedJob, { step, totalSteps, stage }: Pick<TaskBeat, 'step' | 'totalSteps' | 'stage'>): Omit<JobEventData['progress'], 'jobId'> => ({
  step: job.unitsDone * totalSteps + step,
  totalSteps: job.unitsTotal * totalSteps,
  progress: Math.round(job.progress * 1000) / 1000,
  etaSeconds: secondsLeft(job.progress, job.workedMs),
  stage,
  message: job.unitsTotal > 1 ? `${stage}, ${job.unitsDone} of ${job.unitsTotal} done` : stage,
});
