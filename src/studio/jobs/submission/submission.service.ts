import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { budgetExceeded, Ledger } from '../../../billing/ledger/index.js';
import { Plans } from '../../../billing/plans/index.js';
import { quoteJson } from '../../../billing/pricing/index.js';
import { Tasks, type NewTask } from '../../../fleet/tasks/index.js';
import { actorId, type Ctx } from '../../../platform/context/index.js';
import { onCommit, TenantTx } from '../../../platform/database/index.js';
import { isDomainError, notFound } from '../../../platform/errors/index.js';
import type { IdempotencyClaim } from '../../../platform/http/index.js';
import { newId } from '../../../platform/ids/index.js';
import { Outbox, Wakeups } from '../../../platform/outbox/index.js';
import { Assets } from '../../assets/index.js';
import type { JobRow, NewJob } from '../job.entity.js';
import { billingEvent, statusEvent } from '../job-event.js';
import { insufficientCredits, keyReused, queueFull } from '../jobs.errors.js';
import { countLive, findByKey, insertJobs, lockQueue, type MadeJob } from '../jobs.repository.js';
import type { ReadyJob } from './preparation.service.js';
import { taskRows } from './task-rows.js';
import { TenantBatches, type Settled } from './tenant-batches.js';

/** Jobs of one tenant that share a transaction at most: 64 keep its locks short. */
const BATCH_MAX = 64;
/** Jobs that have not ended, in multiples of the plan's running limit (domain §2). */
const QUEUE_FACTOR = 100;

interface Submission {
  ready: ReadyJob;
  row: NewJob;
  tasks: NewTask[];
  /** Jobs of the tenant that may be live at once; null: no limit. */
  queueMax: number | null;
}
export interface Accepted {
  row: JobRow;
  replayed: boolean;
}
/** Rolls a batch back: these are refused for good, the others are tried again without them. */
class BatchRefused extends Error {
  constructor(readonly refusals: ReadonlyMap<Submission, unknown>) {
    super('a batch holds jobs that are refused');
  }
}

/**
 * Accepts jobs. Everything about a job is one transaction, in this order: job and first events · tasks · pins · news · the hold, last, because
 * it locks the wallet. A refused job leaves no row: its batch is rolled back and written again without it.
 */
@Injectable()
export class Submissions {
  private readonly batches = new TenantBatches<Submission, Accepted>((tenantId, items) => this.write(tenantId, items), BATCH_MAX);

  constructor(
    private readonly tx: TenantTx,
    private readonly tasks: Tasks,
    private readonly assets: Assets,
    private readonly ledger: Ledger,
    private readonly plans: Plans,
    private readonly outbox: Outbox,
    private readonly wakeups: Wakeups,
  ) {}

  /** @throws DomainError 402 `insufficient_credits` | `budget_exceeded`, 429 `queue_full`, 403 `plan_required` when the period's videos are used up, 422 `idempotency_key_reused`, 404 when a picture was deleted meanwhile */
  submit(ctx: Ctx, ready: ReadyJob, claim: IdempotencyClaim): Promise<Accepted> {
    return this.batches.submit(ctx.tenantId, this.toSubmission(ctx, ready, claim));
  }

  /** The job an earlier request with the same key made, or null. @throws DomainError 422 when that request was another one */
  async replay(ctx: Ctx, claim: IdempotencyClaim): Promise<Accepted | null> {
    if (claim.key === undefined) return null;
    const row = await this.tx.run(ctx, (em) => findByKey(em, idemActor(ctx), claim.route, claim.key!));
    return row && sameRequest(row, claim.bodyHash);
  }

  private async write(tenantId: string, items: Submission[]): Promise<Settled<Accepted>[]> {
    const settled = new Map<Submission, Settled<Accepted>>();
    for (let open = items; open.length > 0; open = open.filter((item) => !settled.has(item))) {
      try {
        const written = await this.tx.run({ tenantId }, (em) => this.writeAll(em, tenantId, open));
        for (const item of open) settled.set(item, written.get(item)!);
      } catch (error) {
        if (error instanceof BatchRefused) for (const [item, reason] of error.refusals) settled.set(item, { error: reason });
        else for (const item of open) settled.set(item, open.length > 1 && mayBeOnes(error) ? (await this.write(tenantId, [item]))[0]! : { error });
      }
    }
    return items.map((item) => settled.get(item)!);
  }

  private async writeAll(em: EntityManager, tenantId: string, items: readonly Submission[]): Promise<Map<Submission, Settled<Accepted>>> {
    const written = new Map(
      (
        await insertJobs(
          em,
          tenantId,
          items.map(({ row }) => row),
        )
      ).map((made) => [made.id, made]),
    );
    const made = items.filter(({ row }) => written.has(row.id));
    const settled = await this.replays(
      em,
      items.filter(({ row }) => !written.has(row.id)),
    );
    if (made.length > 0) {
      await this.refuseOverflow(em, tenantId, made);
      await this.tasks.createMany(
        em,
        tenantId,
        made.flatMap((item) => item.tasks),
      );
      await this.pinInputs(em, tenantId, made);
      await this.outbox.emitMany(
        em,
        tenantId,
        made.map(({ row }) => ({ topic: 'job.queued' as const, payload: { jobId: row.id } })),
      );
      await this.refuseVideos(em, tenantId, made);
      await this.hold(em, tenantId, made);
      onCommit(() => {
        for (const { row } of made) this.wakeups.wake('job', row.id);
        this.wakeups.wake('tenant', tenantId);
      });
    }
    for (const item of made) settled.set(item, { value: { row: asRow(tenantId, item.row, written.get(item.row.id)!), replayed: false } });
    return settled;
  }

  /** Jobs whose key was used before, by now committed (or earlier in this batch). */
  private async replays(em: EntityManager, items: readonly Submission[]): Promise<Map<Submission, Settled<Accepted>>> {
    const settled = new Map<Submission, Settled<Accepted>>();
    for (const item of items) {
      const { idemActor: actor, idemRoute: route, idemKey: key, bodyHash } = item.row;
      const row = await findByKey(em, actor!, route!, key!);
      try {
        settled.set(item, row ? { value: sameRequest(row, bodyHash!) } : { error: keyReused() });
      } catch (error) {
        settled.set(item, { error });
      }
    }
    return settled;
  }

  /** The newest of a batch that no longer fit under the plan's bound are refused. */
  private async refuseOverflow(em: EntityManager, tenantId: string, made: readonly Submission[]): Promise<void> {
    const queueMax = made[0]!.queueMax;
    if (queueMax === null) return;
    await lockQueue(em, tenantId);
    const live = await countLive(em, tenantId, queueMax + made.length);
    const over = live - queueMax;
    if (over > 0) throw new BatchRefused(new Map(made.slice(-over).map((item) => [item, queueFull(queueMax)])));
  }

  private async pinInputs(em: EntityManager, tenantId: string, made: readonly Submission[]): Promise<void> {
    if (await this.pinned(em, tenantId, made)) return;
    const refusals = new Map<Submission, unknown>();
    for (const item of made) if (!(await this.pinned(em, tenantId, [item]))) refusals.set(item, notFound('ast'));
    throw new BatchRefused(refusals);
  }

  /** False when a picture was deleted since it was looked up. */
  private async pinned(em: EntityManager, tenantId: string, items: readonly Submission[]): Promise<boolean> {
    const pins = items.flatMap(({ row }) => row.inputs.map(({ assetId }) => ({ assetId, holderKind: 'job', holderId: row.id })));
    try {
      await this.assets.pinMany(em, tenantId, pins);
      return true;
    } catch (error) {
      if (isDomainError(error) && error.kind === 'not_found') return false;
      throw error;
    }
  }

  /** The newest of a batch that the period's videos do not cover are refused. The wallet stays locked until they are held. */
  private async refuseVideos(em: EntityManager, tenantId: string, made: readonly Submission[]): Promise<void> {
    const videos = made.filter(({ row }) => row.operation === 'video');
    if (videos.length === 0) return;
    const { allowed, used, endsAt } = await this.ledger.videosLeft(em, tenantId);
    if (allowed === null || used + videos.length <= allowed) return;
    const refusal = await this.plans.refusal({ tenantId }, { limit: 'videosPerMonth', used: allowed, resetsAt: endsAt });
    throw new BatchRefused(new Map(videos.slice(Math.max(0, allowed - used)).map((item) => [item, refusal])));
  }

  private async hold(em: EntityManager, tenantId: string, made: readonly Submission[]): Promise<void> {
    const byJob = new Map(made.map((item) => [item.row.id, item]));
    const outcomes = await this.ledger.holdMany(
      em,
      tenantId,
      made.map(({ row, ready }) => ({
        holdId: newId(),
        jobId: row.id,
        amountMilli: ready.quote.totalMilli,
        quote: ready.quote,
        dimensions: { operation: row.operation, model: ready.job.model, teamId: row.teamId, userId: row.ownerId, keyId: row.keyId },
      })),
    );
    const refused = outcomes
      .filter(({ ok }) => !ok)
      .map(({ jobId, availableMilli, budget }) => {
        const item = byJob.get(jobId)!;
        const costMilli = item.ready.quote.totalMilli;
        return [item, budget ? budgetExceeded(costMilli, budget) : insufficientCredits(costMilli, availableMilli)] as const;
      });
    if (refused.length > 0) throw new BatchRefused(new Map(refused));
  }

  private toSubmission(ctx: Ctx, ready: ReadyJob, claim: IdempotencyClaim): Submission {
    const { job, quote, plan } = ready;
    const id = newId();
    const held = quote.totalMilli;
    const keyed = claim.key !== undefined;
    const { tasks, wiring } = taskRows(this.tasks, id, ready.tasks, plan.limits);
    return {
      ready,
      row: {
        id,
        ownerId: actorId(ctx),
        keyId: ctx.actor.kind === 'key' ? ctx.actor.keyId : null,
        teamId: ready.teamId,
        visibility: ready.visibility,
        operation: ready.operation,
        parameters: job.parameters as Record<string, unknown>,
        inputs: job.inputs,
        unitsTotal: ready.tasks.length,
        quote: quoteJson(quote),
        heldMilli: String(held),
        simulated: job.simulated,
        resultKinds: ready.results && [...ready.results],
        wiring,
        openSeconds: job.openSeconds ?? null,
        idemActor: keyed ? idemActor(ctx) : null,
        idemRoute: keyed ? claim.route : null,
        idemKey: claim.key ?? null,
        bodyHash: keyed ? claim.bodyHash : null,
        events: [statusEvent(id, 'queued'), billingEvent(id, held, 0n, 0n)],
      },
      tasks,
      queueMax: plan.limits.runningJobs === null ? null : plan.limits.runningJobs * QUEUE_FACTOR,
    };
  }
}

/** Whether an error may be the fault of one job of a batch, so that the others deserve a try of their own. A lost database is everybody's. */
const mayBeOnes = (error: unknown): boolean => !(isDomainError(error) && error.code === 'database_unavailable');

/** Keys belong to the one who sends them: the API key itself, or the person. */
const idemActor = (ctx: Ctx): string => (ctx.actor.kind === 'key' ? ctx.actor.keyId : actorId(ctx));

function sameRequest(row: JobRow, bodyHash: string): Accepted {
  if (row.bodyHash !== bodyHash) throw keyReused();
  return { row, replayed: true };
}

/** The row as it was just written. */
function asRow(tenantId: string, row: NewJob, { createdAt, openUntil }: MadeJob): JobRow {
  const { idemActor: _a, idemRoute: _r, idemKey: _k, openSeconds: _o, events, ...rest } = row;
  return {
    ...rest,
    tenantId,
    status: 'queued',
    stage: null,
    waitReason: null,
    progress: 0,
    unitsDone: 0,
    chargedMilli: null,
    paymentRule: null,
    gpu: null,
    failedOutputs: [],
    error: null,
    eventSeq: events.length,
    cancelRequestedAt: null,
    openUntil,
    open: openUntil !== null,
    createdAt,
    startedAt: null,
    finishedAt: null,
  };
}
