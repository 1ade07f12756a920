import type { TaskKind } from '@atelier/contracts';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { onCommit, outsideTransaction, SystemTx } from '../../platform/database/index.js';
import { Wakeups } from '../../platform/outbox/index.js';
import { log } from '../../platform/telemetry/index.js';
import { Metering } from '../metering/index.js';
import { noPoolForTask, Pools } from '../pools/index.js';
import { Backlog } from './backlog.service.js';
import { choosePool } from './lane-choice.js';
import { expected, learn, UNKNOWN_PACE, type Pace } from './pace.js';
import { positionOf } from './position.js';
import type { NewTask, QueuePosition, TaskInputRef, TaskView } from './task.js';
import * as repository from './tasks.repository.js';

/** Latest finished attempts from which the pace of a kind is learned, and how often that is read again. */
const PACE_SAMPLES = 200;
const PACE_REFRESH_MS = 10_000;

/** Limits are those of a GPU; what a model does on a processor takes its time. */
const MODELS: readonly string[] = ['comfyui', 'onnx'];
const SLOWER_ON_CPU = 12;

/** The backlog, as the rooms above see it: tasks come in, are cancelled, are looked at. */
@Injectable()
export class Tasks implements OnModuleInit, OnModuleDestroy {
  private readonly log = log('fleet/tasks');
  private paces: ReadonlyMap<string, Pace> = new Map();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pools: Pools,
    private readonly backlog: Backlog,
    private readonly metering: Metering,
    private readonly wakeups: Wakeups,
    private readonly system: SystemTx,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.learnPaces();
    this.timer = setInterval(() => void this.learnPaces().catch((error: unknown) => this.log.debug({ err: error }, 'paces are old')), PACE_REFRESH_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /**
   * Writes the tasks in the caller's tenant transaction, each in the lane where it will finish first; their lanes are woken after commit.
   * @throws DomainError `no_pool_for_task` (503)
   */
  async createMany(em: EntityManager, tenantId: string, tasks: readonly NewTask[]): Promise<void> {
    if (tasks.length === 0) return;
    const placed: repository.PlacedTask[] = [];
    for (const { base, gpuClasses, ...task } of tasks) {
      const choice = choosePool({ base, gpuClasses, estimateMs: task.estimateMs, engine: task.engine, kind: task.kind }, this.pools.known(), (pool) =>
        this.backlog.recentWaitMs(pool),
      );
      if (!choice) throw noPoolForTask(gpuClasses);
      const timeLimitMs = task.timeLimitMs * (choice.pool.gpuClass === 'CPU' && MODELS.includes(task.engine) ? SLOWER_ON_CPU : 1);
      placed.push({ ...task, timeLimitMs, poolId: choice.pool.id, laneId: await this.pools.laneFor(em, choice.pool.id, choice.base) });
    }
    await repository.insertTasks(em, tenantId, placed);
    this.wakeLanes(placed.filter((task) => task.state === 'ready').map((task) => task.laneId));
  }

  /** Gives a blocked task what it waited for, and lets it run. */
  async supply(em: EntityManager, tenantId: string, taskId: string, inputs: readonly TaskInputRef[]): Promise<void> {
    await repository.supply(em, tenantId, taskId, inputs);
    await this.unblock(em, tenantId, [taskId]);
  }

  async unblock(em: EntityManager, tenantId: string, taskIds: readonly string[]): Promise<void> {
    if (taskIds.length > 0) this.wakeLanes(await repository.unblock(em, tenantId, taskIds));
  }

  /**
   * Ends what has not reached a box at once; asks boxes to stop what runs there (their reports, or the end of their leases, finish it with
   * `task.finished`). Tasks cancelled at once cause no event: the caller knows.
   */
  async cancelJob(em: EntityManager, tenantId: string, jobId: string): Promise<{ canceled: number; stopping: number }> {
    const moved = await repository.cancelOfJob(em, tenantId, jobId);
    this.wakeLanes(moved.filter((task) => task.state === 'canceled').map((task) => task.laneId));
    const canceled = moved.filter((task) => task.state === 'canceled').length;
    return { canceled, stopping: moved.length - canceled };
  }

  listOfJob(em: EntityManager, tenantId: string, jobId: string): Promise<TaskView[]> {
    return repository.listOfJob(em, tenantId, jobId);
  }

  findOfJob(em: EntityManager, tenantId: string, jobId: string, taskId: string): Promise<TaskView | undefined> {
    return repository.findOfJob(em, tenantId, jobId, taskId);
  }

  /** Tasks of a job that have not ended. */
  countLive(em: EntityManager, tenantId: string, jobId: string): Promise<number> {
    return repository.countLive(em, tenantId, jobId);
  }

  /** Where a job's next task stands in the line, and why it waits. */
  async position(ctx: { tenantId: string }, jobId: string): Promise<QueuePosition> {
    const waiting = await this.backlog.nextWaiting(ctx.tenantId, jobId);
    if (!waiting) return { position: null, waitSeconds: null, etaSeconds: null };
    const lane = await this.backlog.recentLane(waiting.laneId);
    const pool = this.pools.known().find((known) => known.id === waiting.poolId);
    const position = waiting.state === 'queued' ? 1 : positionOf(waiting, waiting.index, lane.backlog, lane.queued);
    const hasBoxes = (pool?.liveSlots ?? 0) > 0;
    if (waiting.waitReason === 'model_off') return { position, reason: 'model_off', waitSeconds: null, etaSeconds: null };
    const reason = waiting.capped
      ? 'plan_concurrency'
      : !hasBoxes
        ? 'no_capacity'
        : waiting.waitReason === 'interrupted_retrying'
          ? 'interrupted_retrying'
          : 'position';
    if (!hasBoxes) return { position, reason, waitSeconds: null, etaSeconds: null };
    const waitMs = (lane.runningMs + (position - 1) * lane.meanMs) / pool!.liveSlots;
    return { position, reason, waitSeconds: waitMs / 1000, etaSeconds: (waitMs + waiting.estimateMs) / 1000 };
  }

  /** When a task submitted now would start; of the pool where tasks like it go. Null without a box. */
  async estimate(
    need: Pick<NewTask, 'base' | 'gpuClasses' | 'estimateMs' | 'engine' | 'kind'>,
  ): Promise<{ waitSecondsP50: number | null; waitSecondsP90: number | null }> {
    await this.backlog.freshLoads();
    const choice = choosePool(need, this.pools.known(), (pool) => this.backlog.recentWaitMs(pool));
    const waitMs = choice ? this.backlog.recentWaitMs(choice.pool) : Infinity;
    if (!Number.isFinite(waitMs)) return { waitSecondsP50: null, waitSecondsP90: null };
    // The tail of a wait is made of the tails of what runs before it.
    const stretch = Math.max(1, ...[...this.paces.values()].map((pace) => pace.p90 / Math.max(pace.p50, 1e-9)).filter((ratio) => ratio < 10));
    return { waitSecondsP50: waitMs / 1000, waitSecondsP90: (waitMs * stretch) / 1000 };
  }

  /** What work of this kind and size takes, from what it took lately. `units` as in `NewTask.units`. */
  learned(kind: TaskKind, units: number): { expectedMs: number; p50Ms: number; p90Ms: number } {
    return expected(this.paces.get(kind) ?? UNKNOWN_PACE, units);
  }

  private wakeLanes(laneIds: readonly string[]): void {
    const lanes = new Set(laneIds);
    if (lanes.size > 0) onCommit(() => lanes.forEach((laneId) => this.wakeups.wake('lane', laneId)));
  }

  private async learnPaces(): Promise<void> {
    const paces = await outsideTransaction(() => this.system.run('learn paces', (em) => this.metering.paces(em, PACE_SAMPLES)));
    this.paces = new Map(paces.map(({ kind, msPerUnit }) => [kind, learn(msPerUnit)]));
  }
}
