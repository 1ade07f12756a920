import type { TaskMeter } from '@atelier/contracts';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ConfigOf } from '../../platform/config/index.js';
import { onCommit } from '../../platform/database/index.js';
import { Outbox, Wakeups } from '../../platform/outbox/index.js';
import { Metering, type MeteredBox } from '../metering/index.js';
import { fleetConfig, LIST_RATE, Pools } from '../pools/index.js';
import * as repository from './attempts.system.repository.js';
import { endingOf, type AttemptReport, type Ending } from './ending.js';

export type { HeldTask, LeasedTaskRow, LockedTask } from './attempts.system.repository.js';

export interface AttemptDetail {
  meter?: TaskMeter;
  /** Last sign of life, when the box fell silent. */
  endedAt?: Date;
  /** Price of the external call that the attempt was. */
  priceMicros?: bigint;
  /** Digest of the completion. */
  digest?: string;
  result?: repository.TaskResult;
}

/**
 * What boxes do to tasks. Every write names the attempt; one that is no longer current finds no row. All methods work in the caller's system
 * transaction and lock tasks by id.
 */
@Injectable()
export class Attempts {
  constructor(
    private readonly metering: Metering,
    private readonly pools: Pools,
    private readonly outbox: Outbox,
    private readonly wakeups: Wakeups,
    @Inject(fleetConfig.token) private readonly config: ConfigOf<typeof fleetConfig>,
  ) {}

  /** Turns tickets into leases: those that are still queued under exactly their attempt. Opens the attempts in the book of seconds. */
  async lease(
    em: EntityManager,
    box: MeteredBox & { abilities: readonly string[] },
    requestId: string,
    tickets: readonly { taskId: string; attempt: number }[],
  ): Promise<repository.LeasedTaskRow[]> {
    const leased = await repository.lease(em, box.id, box.abilities, tickets, this.config.leaseTtlMs);
    // A call's duration says nothing about the pace of boxes: without units it is not learned from.
    const metered = leased.map((task) => ({
      ...task,
      units: task.engine === 'external' ? 0 : task.units,
      ofTenant: task.weights.some((file) => file.ofTenant),
    }));
    if (leased.length > 0) await this.metering.open(em, box, requestId, metered);
    return leased;
  }

  /** What the same request was given before, as far as the box still holds it. */
  async leasedUnder(em: EntityManager, boxId: string, requestId: string): Promise<repository.LeasedTaskRow[]> {
    const open = await this.metering.openUnder(em, boxId, requestId);
    return open.length === 0 ? [] : repository.findHeld(em, boxId, open);
  }

  held(em: EntityManager, boxId: string, attempts: readonly { taskId: string; attempt: number }[]): Promise<repository.LeasedTaskRow[]> {
    return repository.findHeld(em, boxId, attempts);
  }

  /** Extends leases and notes progress; the first `running` is news. */
  async beat(em: EntityManager, boxId: string, beats: readonly repository.Beat[]): Promise<repository.HeldTask[]> {
    if (beats.length === 0) return [];
    const held = await repository.beat(em, boxId, beats, this.config.leaseTtlMs);
    for (const { tenantId, taskId, jobId, attempt } of held.filter((task) => task.started))
      await this.outbox.emit(em, tenantId, 'task.started', { taskId, jobId, attempt });
    return held;
  }

  lock(em: EntityManager, boxId: string, taskId: string, attempt: number): Promise<repository.LockedTask | undefined> {
    return repository.lockHeld(em, boxId, taskId, attempt, this.config.leaseTtlMs);
  }

  /** Locks one task whose lease ran out, skipping those that another process is dealing with. */
  lockExpired(em: EntityManager): Promise<repository.LockedTask | undefined> {
    return repository.lockExpired(em, this.config.leaseTtlMs);
  }

  lockOnBox(em: EntityManager, boxId: string): Promise<repository.LockedTask[]> {
    return repository.lockOnBox(em, boxId, this.config.leaseTtlMs);
  }

  /** Ends the attempt of a locked task: decides, closes the book, writes the task, tells the rooms above. */
  async end(em: EntityManager, task: repository.LockedTask, report: AttemptReport, detail: AttemptDetail = {}): Promise<Ending> {
    const ending = endingOf(task, task.boxId, report, this.config.retryBackoffMs);
    const { id: taskId, attempt, tenantId, jobId } = task;
    const closed = await this.metering.close(em, {
      taskId,
      attempt,
      outcome: ending.outcome,
      wasted: ending.wasted,
      meter: detail.meter ?? { loadMs: 0, workMs: 0 },
      endedAt: detail.endedAt,
      digest: detail.digest,
      priceMicros: detail.priceMicros,
      error: report.kind === 'failed' ? report.error : undefined,
    });
    await repository.writeEnding(em, task, ending, detail.result, this.serviceDelta(task, ending, closed?.occupiedMs ?? 0));
    if (ending.state === 'ready') await this.outbox.emit(em, tenantId, 'task.returned', { taskId, jobId, attempt, reason: ending.reason });
    else await this.outbox.emit(em, tenantId, 'task.finished', { taskId, jobId, attempt, state: ending.state });
    onCommit(() => {
      this.wakeups.wake('lane', task.laneId);
      this.wakeups.wake('room', `${task.poolId}/${task.boxId}`);
    });
    return ending;
  }

  /**
   * What the tenant's service must be corrected by: an interrupted attempt gives its share back, others count what they took instead of the
   * estimate, also in vain: else a tenant whose tasks always fail would be served for nothing.
   */
  private serviceDelta(task: repository.LockedTask, ending: Ending, occupiedMs: number): number {
    const gpuClass = this.pools.known().find((pool) => pool.id === task.poolId)?.gpuClass ?? 'CPU';
    return (ending.keepsTag ? 0 : occupiedMs * LIST_RATE[gpuClass]) - (task.fairCost ?? 0);
  }
}
