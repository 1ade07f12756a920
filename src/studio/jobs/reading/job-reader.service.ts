import type { JobEvent, JobStatus } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Audit } from '../../../accounts/audit/index.js';
import { Usage } from '../../../billing/usage/index.js';
import { Tasks } from '../../../fleet/tasks/index.js';
import { Clock } from '../../../platform/clock/index.js';
import { actorId, type Ctx } from '../../../platform/context/index.js';
import { TenantTx } from '../../../platform/database/index.js';
import { notFound } from '../../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page } from '../../../platform/http/index.js';
import { typeId } from '../../../platform/ids/index.js';
import { accessTo, administers, Assets, type Access } from '../../assets/index.js';
import type { JobRow, StoredGpu } from '../job.entity.js';
import type { JobListQuery, JobLogView, JobOutputsView, JobPage, JobStatusView, JobView } from '../jobs.dto.js';
import { eventsAfter, findJob, lastingEvents, listJobs, outputsOf, type JobFilter } from '../jobs.repository.js';
import { timeline } from './job-log.js';
import { jobView, statusView, type Waiting } from './job-view.js';

/** Events that show what is being made. */
const CONTENT_EVENTS: readonly string[] = ['preview', 'complete'];

export interface SeenJob {
  row: JobRow;
  access: Exclude<Access, 'none'>;
}

/** Shows jobs, each caller what that caller may see: the whole, everything but content, or 404. */
@Injectable()
export class JobReader {
  constructor(
    private readonly tx: TenantTx,
    private readonly tasks: Tasks,
    private readonly usage: Usage,
    private readonly assets: Assets,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError 404 for a job that is not there, or not for this caller */
  async see(em: EntityManager, ctx: Ctx, id: string): Promise<SeenJob> {
    const row = await findJob(em, id);
    const access = row ? accessTo(ctx, row) : 'none';
    if (!row || access === 'none') throw notFound('job');
    return { row, access };
  }

  async get(ctx: Ctx, id: string): Promise<JobView> {
    const { row, content, outputs, gpu } = await this.tx.run(ctx, async (em) => {
      const seen = await this.see(em, ctx, id);
      await this.noteOverride(em, ctx, seen);
      const shown = seen.access !== 'metadata';
      return {
        row: seen.row,
        content: shown,
        outputs: shown ? await this.outputsShown(em, [id]) : new Map<string, never[]>(),
        gpu: seen.row.gpu ?? (await this.gpuOf(em, id)),
      };
    });
    return jobView(row, {
      content,
      outputs: outputs.get(id) ?? [],
      costs: ctx.permissions.has('cost:read'),
      gpu,
      waiting: await this.waiting(ctx, row),
      now: this.clock.now(),
    });
  }

  async list(ctx: Ctx, query: Partial<JobListQuery> & { limit: number }, more: Pick<JobFilter, 'ended' | 'ownerId'> = {}): Promise<JobPage> {
    const filter: JobFilter = {
      viewer: { userId: actorId(ctx), teamId: ctx.teamId ?? null, administers: administers(ctx) },
      scope: query.scope,
      statuses: query.status?.split(',') as JobStatus[] | undefined,
      beforeId: query.cursor === undefined ? undefined : decodeCursor(query.cursor).id,
      limit: query.limit,
      ...more,
    };
    return this.tx.run(ctx, async (em) => {
      const found = page(await listJobs(em, ctx.tenantId, filter), query.limit, (last) => encodeCursor(last.createdAt.toISOString(), last.id));
      const outputs = await this.outputsShown(
        em,
        found.data.map((row) => row.id),
      );
      const costs = ctx.permissions.has('cost:read');
      // Someone else's content is opened one by one, each noted; a list shows it to nobody who needs the audited right.
      const data = found.data.map((row) =>
        jobView(row, { content: accessTo(ctx, row) === 'content', outputs: outputs.get(row.id) ?? [], costs, now: this.clock.now() }),
      );
      return { ...found, data };
    });
  }

  async status(ctx: Ctx, id: string): Promise<JobStatusView> {
    const { row } = await this.tx.run(ctx, (em) => this.see(em, ctx, id));
    return statusView(row, { waiting: await this.waiting(ctx, row), now: this.clock.now() });
  }

  outputs(ctx: Ctx, id: string): Promise<JobOutputsView> {
    return this.tx.run(ctx, async (em) => {
      const seen = await this.see(em, ctx, id);
      await this.noteOverride(em, ctx, seen);
      const outputs = seen.access === 'metadata' ? [] : ((await this.outputsShown(em, [id])).get(id) ?? []);
      return { status: seen.row.status, outputs, failedOutputs: seen.row.failedOutputs };
    });
  }

  log(ctx: Ctx, id: string): Promise<JobLogView> {
    return this.tx.run(ctx, async (em) => {
      await this.see(em, ctx, id);
      return { entries: timeline(await lastingEvents(em, id)) };
    });
  }

  /** Stored events with an id above `afterId`, oldest first; without previews and outputs for those who may not see content. */
  eventsAfter(ctx: Ctx, id: string, afterId: number, limit: number): Promise<JobEvent[]> {
    return this.tx.run(ctx, async (em) => {
      const seen = await this.see(em, ctx, id);
      if (afterId === 0) await this.noteOverride(em, ctx, seen);
      const events = await eventsAfter(em, id, afterId, limit, seen.access === 'metadata' ? CONTENT_EVENTS : []);
      return events.map(({ id: number, type, data }) => ({ id: number, type, data }) as unknown as JobEvent);
    });
  }

  /** Box seconds and cost of all attempts so far. */
  async gpuOf(em: EntityManager, id: string): Promise<StoredGpu> {
    const used = await this.usage.ofJob(em, id);
    return { seconds: used.seconds, class: used.class, capacity: used.capacity, costMicros: String(used.costMicros) };
  }

  private async outputsShown(em: EntityManager, jobIds: readonly string[]): Promise<Map<string, JobView['outputs']>> {
    const stored = jobIds.length === 0 ? [] : await outputsOf(em, jobIds);
    if (stored.length === 0) return new Map();
    const views = new Map(
      (
        await this.assets.outputViews(
          em,
          stored.map(({ assetId }) => assetId),
        )
      ).map((view) => [view.assetId, view]),
    );
    const byJob = new Map<string, JobView['outputs']>();
    for (const { jobId, assetId } of stored) {
      const view = views.get(typeId('ast', assetId));
      if (view) byJob.set(jobId, [...(byJob.get(jobId) ?? []), view]);
    }
    return byJob;
  }

  /** The line is looked at outside the transaction: it is everybody's. */
  private async waiting(ctx: Ctx, row: JobRow): Promise<Waiting | undefined> {
    return row.status === 'queued' ? this.tasks.position(ctx, row.id) : undefined;
  }

  /** Owners and admins may open what is not theirs; each time is written down. */
  private async noteOverride(em: EntityManager, ctx: Ctx, { row, access }: SeenJob): Promise<void> {
    if (access === 'override') await this.audit.record(em, ctx, { action: 'job.read', target: typeId('job', row.id) });
  }
}
