import type { JobOutputView } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { Plans } from '../../../billing/plans/index.js';
import { Tasks, type TaskView } from '../../../fleet/tasks/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { onCommit, TenantTx } from '../../../platform/database/index.js';
import { notFound } from '../../../platform/errors/index.js';
import { Wakeups } from '../../../platform/outbox/index.js';
import { accessTo, Assets, mayManage } from '../../assets/index.js';
import { JobBell } from '../job-bell.service.js';
import type { JobRow } from '../job.entity.js';
import { jobBusy, jobClosed, notYourJob } from '../jobs.errors.js';
import { changeJob, findJob, lockJob, outputsOfTask } from '../jobs.repository.js';
import type { TaskPlan } from '../pipeline.port.js';
import { taskRows } from '../submission/task-rows.js';
import { Advance } from './advance.service.js';
import { hasEnded } from './job-state.js';

/** A task is looked at so often while somebody waits for it, rung for or not. */
const LOOK_MS = 250;
/** Tasks of one open job that nobody has come to yet: they cost nothing, so that they must not pile up. */
const WAITING_MAX = 4;

/** What became of one task that was asked of an open job. */
export interface Grown {
  taskId: string;
  task: TaskView;
  outputs: JobOutputView[];
}

/** Open jobs: they take more tasks on request, and deliver each as it is done. */
@Injectable()
export class JobGrowth {
  constructor(
    private readonly tx: TenantTx,
    private readonly tasks: Tasks,
    private readonly plans: Plans,
    private readonly assets: Assets,
    private readonly advance: Advance,
    private readonly wakeups: Wakeups,
    private readonly bell: JobBell,
  ) {}

  /**
   * Adds one task. `plan` sees the job as it is and may refuse by throwing.
   * @throws DomainError 404, 403, 409 `job_closed` when the job takes no more, 429 `job_busy` while earlier ones wait
   */
  async grow(ctx: Ctx, jobId: string, plan: (job: JobRow, soFar: number) => TaskPlan): Promise<string> {
    const { limits } = await this.plans.of(ctx);
    return this.tx.run(ctx, async (em) => {
      const job = await lockJob(em, ctx.tenantId, jobId);
      if (!job || accessTo(ctx, job) === 'none') throw notFound('job');
      if (!mayManage(ctx, job)) throw notYourJob();
      if (!job.open) throw jobClosed();
      if ((await this.tasks.countLive(em, ctx.tenantId, jobId)) >= WAITING_MAX) throw jobBusy(WAITING_MAX);
      const { tasks } = taskRows(this.tasks, jobId, [plan(job, job.unitsTotal)], limits);
      await this.tasks.createMany(em, ctx.tenantId, tasks);
      await changeJob(em, ctx.tenantId, jobId, { unitsTotal: job.unitsTotal + 1 }, []);
      onCommit(() => this.wakeups.wake('job', jobId));
      return tasks[0]!.id;
    });
  }

  /** The task when it has ended, its outputs delivered; or as it is after `seconds`. */
  async wait(ctx: Ctx, jobId: string, taskId: string, seconds: number): Promise<Grown> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const rung = this.bell.next(jobId, Math.min(LOOK_MS, Math.max(0, deadline - Date.now())));
      const task = await this.tx.run(ctx, (em) => this.tasks.findOfJob(em, ctx.tenantId, jobId, taskId));
      if (!task) throw notFound('job');
      if (hasEnded(task.state) || Date.now() >= deadline)
        return { taskId, task, outputs: task.state === 'done' ? await this.delivered(ctx, jobId, taskId) : [] };
      await rung;
    }
  }

  /** The job, for those who may see its content. @throws DomainError 404 */
  async get(ctx: Ctx, jobId: string): Promise<JobRow> {
    const job = await this.tx.run(ctx, (em) => findJob(em, jobId));
    if (!job || accessTo(ctx, job) !== 'content') throw notFound('job');
    return job;
  }

  private async delivered(ctx: Ctx, jobId: string, taskId: string): Promise<JobOutputView[]> {
    // News of the end may not have come by yet; whoever comes first delivers.
    await this.advance.advance(ctx.tenantId, jobId);
    return this.tx.run(ctx, async (em) => this.assets.outputViews(em, await outputsOfTask(em, jobId, taskId)));
  }
}
