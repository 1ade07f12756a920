import type { WaitReason } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Plans } from '../../../billing/plans/index.js';
import { Tasks, type TaskView } from '../../../fleet/tasks/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { onCommit, TenantTx } from '../../../platform/database/index.js';
import { notFound } from '../../../platform/errors/index.js';
import { Wakeups } from '../../../platform/outbox/index.js';
import { accessTo, mayManage } from '../../assets/index.js';
import { statusEvent } from '../job-event.js';
import type { JobRow, NewEvent } from '../job.entity.js';
import { notYourJob } from '../jobs.errors.js';
import { changeJob, lockJob } from '../jobs.repository.js';
import type { NextStep } from '../pipeline.port.js';
import { Pipelines } from '../pipelines.service.js';
import { taskRows } from '../submission/task-rows.js';
import { Completion } from './completion.service.js';
import { hasEnded, isTerminal, liveStatus, pathTo } from './job-state.js';
import { feedings } from './wiring.js';

/**
 * Carries jobs forward. Looks at the rows of a job and its tasks and does what follows from them, so that it may be called for any reason, any
 * number of times: by news of the fleet, by progress, by the sweep. Locks the job before all else.
 */
@Injectable()
export class Advance {
  constructor(
    private readonly tx: TenantTx,
    private readonly tasks: Tasks,
    private readonly pipelines: Pipelines,
    private readonly plans: Plans,
    private readonly completion: Completion,
    private readonly wakeups: Wakeups,
  ) {}

  async advance(tenantId: string, jobId: string): Promise<void> {
    await this.tx.run({ tenantId }, async (em) => {
      const job = await lockJob(em, tenantId, jobId);
      if (!job || isTerminal(job.status)) return;
      await this.follow(em, job, await this.tasks.listOfJob(em, tenantId, jobId));
    });
  }

  /**
   * Asks a job to stop. What has not begun ends at once, what runs on a box ends by its report. `accepted` is false when there was nothing to stop.
   * @throws DomainError 404, 403 `permission_denied`
   */
  async cancel(ctx: Ctx, jobId: string): Promise<{ accepted: boolean }> {
    return this.tx.run(ctx, async (em) => {
      const job = await lockJob(em, ctx.tenantId, jobId);
      if (!job || accessTo(ctx, job) === 'none') throw notFound('job');
      if (!mayManage(ctx, job)) throw notYourJob();
      if (isTerminal(job.status)) return { accepted: false };
      // Who ends an open job gets what it has made; who ends another gets what was finished.
      const wasOpen = job.open;
      job.open = false;
      const { canceled, stopping } = await this.tasks.cancelJob(em, ctx.tenantId, jobId);
      const asked = wasOpen || canceled + stopping > 0;
      if (asked && !job.cancelRequestedAt) {
        job.cancelRequestedAt = new Date();
        await changeJob(em, ctx.tenantId, jobId, { cancelRequested: true, closed: true }, [
          statusEvent(jobId, job.status, { message: 'The job was asked to stop.' }),
        ]);
        onCommit(() => this.wakeups.wake('job', jobId));
      }
      await this.follow(em, job, await this.tasks.listOfJob(em, ctx.tenantId, jobId));
      return { accepted: asked || job.cancelRequestedAt !== null };
    });
  }

  private async follow(em: EntityManager, job: JobRow, tasks: TaskView[]): Promise<void> {
    // Without tasks there is nothing that could ever end it: the job was not made by this program.
    if (tasks.length === 0) return;
    if (await this.feed(em, job, tasks)) return this.follow(em, job, await this.tasks.listOfJob(em, job.tenantId, job.id));
    const step = this.pipelines.get(job.operation).next({ parameters: job.parameters, tasks });
    if (step.kind === 'finished' && job.open) await this.completion.deliver(em, job, tasks);
    else if (step.kind === 'finished') return this.completion.finish(em, job, tasks);
    if (step.kind === 'grow') await this.grow(em, job, step);
    await this.note(em, job, tasks);
  }

  /** Hands outputs on to the tasks that wait for them. What can never begin is cancelled. True: something changed. */
  private async feed(em: EntityManager, job: JobRow, tasks: readonly TaskView[]): Promise<boolean> {
    const found = feedings(job.wiring, tasks);
    for (const feeding of found) {
      if (feeding.kind === 'supply') await this.tasks.supply(em, job.tenantId, feeding.taskId, feeding.inputs);
      else await this.tasks.cancelJob(em, job.tenantId, job.id);
    }
    return found.length > 0;
  }

  private async grow(em: EntityManager, job: JobRow, step: Extract<NextStep, { kind: 'grow' }>): Promise<void> {
    if (step.unblock.length > 0) await this.tasks.unblock(em, job.tenantId, step.unblock);
    if (step.add.length === 0) return;
    const { limits } = await this.plans.ofTenant(em, job.tenantId);
    await this.tasks.createMany(em, job.tenantId, taskRows(this.tasks, job.id, step.add, limits).tasks);
    await changeJob(em, job.tenantId, job.id, { unitsTotal: job.unitsTotal + step.add.length }, []);
  }

  /** Writes down what changed: status, units, and why nothing moves. */
  private async note(em: EntityManager, job: JobRow, tasks: readonly TaskView[]): Promise<void> {
    const steps = pathTo(
      job.status,
      liveStatus(
        job.status,
        tasks.map((task) => task.state),
      ),
    );
    const unitsDone = tasks.filter((task) => hasEnded(task.state)).length;
    const waitReason = reasonOf(tasks);
    const interrupted = waitReason === 'interrupted_retrying' && job.waitReason !== waitReason;
    const events: NewEvent[] = steps.map((status) => statusEvent(job.id, status));
    if (interrupted) events.push(statusEvent(job.id, steps.at(-1) ?? job.status, { reason: waitReason }));
    if (events.length === 0 && unitsDone === job.unitsDone && waitReason === job.waitReason) return;
    const progress = Math.max(job.progress, Math.min(0.999, unitsDone / job.unitsTotal));
    await changeJob(em, job.tenantId, job.id, { status: steps.at(-1), unitsDone, progress, waitReason, started: steps.length > 0 }, events);
    onCommit(() => {
      this.wakeups.wake('job', job.id);
      if (steps.length > 0) this.wakeups.wake('tenant', job.tenantId);
    });
  }
}

/** Why a job that has begun does not move: nothing of it is on a box, and something was interrupted or is being loaded. */
function reasonOf(tasks: readonly TaskView[]): WaitReason | null {
  if (tasks.some((task) => task.state === 'running')) return null;
  const reasons = tasks.filter((task) => !hasEnded(task.state)).map((task) => task.waitReason);
  return reasons.find((reason) => reason === 'interrupted_retrying') ?? reasons.find((reason) => reason === 'model_loading') ?? null;
}
