import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SystemTx } from '../../platform/database/index.js';
import { Queues, type LaneQueue } from '../../platform/queue/index.js';
import { Wakeups } from '../../platform/outbox/index.js';
import { Backlog, type ReadyLine, type ReadyTask } from '../tasks/index.js';
import { LIST_RATE, Pools } from '../pools/index.js';
import { correct, nextLines, pickFair, type Flow } from './fair-order.js';
import * as fairRows from './fair-rows.system.repository.js';
import { ticketOf } from './ticket.js';

/** Tickets beyond the free slots: what a box that is just finishing finds at once (house §3). */
const RUNWAY_SPARE = 2;
/** Tasks of one line that are looked at in one go; a longer turn of one tenant takes another round. */
const LOOK_AHEAD = 8;

export interface Promoted {
  poolId: string;
  tickets: number;
  /** Ready tasks stayed behind for want of room. */
  backlog: boolean;
}

interface Round extends Pick<Promoted, 'poolId' | 'backlog'> {
  tickets: string[];
  again: boolean;
}
const NOTHING: Round = { poolId: '', tickets: [], backlog: false, again: false };

/** Moves ready tasks into a lane's queue, in fair order, as far as the runway goes. */
@Injectable()
export class Promotion {
  constructor(
    private readonly system: SystemTx,
    private readonly pools: Pools,
    private readonly backlog: Backlog,
    private readonly queues: Queues,
    private readonly wakeups: Wakeups,
  ) {}

  queue(laneId: string): LaneQueue {
    return this.queues.lane(`lane-${laneId}`);
  }

  async promote(laneId: string): Promise<Promoted> {
    const total: Promoted = { poolId: '', tickets: 0, backlog: false };
    for (;;) {
      const round = await this.system.run('promote', (em) => this.round(em, laneId));
      if (round.tickets.length > 0) {
        await this.queue(laneId).addTickets(round.tickets);
        this.wakeups.wake('lease', round.poolId);
      }
      total.tickets += round.tickets.length;
      total.backlog = round.backlog;
      total.poolId = round.poolId;
      if (!round.again) return total;
    }
  }

  private async round(em: EntityManager, laneId: string): Promise<Round> {
    const lane = await this.pools.lockLane(em, laneId);
    if (!lane) return NOTHING;
    const { poolId } = lane;
    const v = await fairRows.lockVirtualTime(em, poolId);
    const pool = (await this.pools.find(em, poolId))!;
    const { onBoxes, queued } = await this.backlog.load(em, poolId, laneId);
    const room = Math.max(0, Math.max(0, pool.liveSlots - onBoxes) + RUNWAY_SPARE - queued);
    const corrections = await this.backlog.takeCorrections(em, poolId);
    const lines = await this.backlog.lines(em, laneId);
    if (corrections.length === 0 && (lines.length === 0 || room === 0)) return { ...NOTHING, poolId, backlog: lines.length > 0 };

    const turns = await fairRows.readTurns(em, poolId, v, [...lines, ...corrections]);
    for (const correction of corrections) correct(turns, correction, correction.delta);
    const next = nextLines(turns, lines, room);
    const look = Math.max(1, Math.min(room, LOOK_AHEAD));
    const ready = next.length === 0 ? [] : await this.backlog.tasksOf(em, laneId, next, look);
    const flows = next.map((line) => toFlow(line, ready, LIST_RATE[pool.gpuClass], look));
    const { picked, again } = pickFair(turns, flows, room);
    const attempts = new Map((await this.backlog.queue(em, picked)).map((task) => [task.id, task.attempt]));
    const served = flows.filter((flow) => flow.tasks.some((task) => picked.some(({ id }) => id === task.id)));
    // A task that was cancelled between the look and the lock is not served: its tenant gets the charge back.
    for (const flow of served)
      for (const task of flow.tasks) if (picked.some(({ id }) => id === task.id) && !attempts.has(task.id)) correct(turns, flow, -task.cost);
    await fairRows.writeTurns(em, poolId, turns, [...served, ...corrections]);
    const tickets = picked.filter(({ id }) => attempts.has(id)).map(({ id }) => ticketOf(id, attempts.get(id)!));
    return { poolId, tickets, backlog: lines.length > next.length || ready.length > tickets.length || flows.some((flow) => flow.more), again };
  }
}

function toFlow(line: ReadyLine, ready: readonly ReadyTask[], rate: number, loaded: number): Flow {
  const tasks = ready
    .filter((task) => task.tierWeight === line.tierWeight && task.tenantId === line.tenantId)
    .map(({ id, jobId, estimateMs, runningCap, tierTag, tag }) => ({
      id,
      jobId,
      cost: estimateMs * rate,
      runningCap,
      kept: tierTag === null || tag === null ? null : { tierTag, tag },
    }));
  return { tierWeight: line.tierWeight, tenantId: line.tenantId, activeJobs: line.activeJobs, tasks, more: tasks.length >= loaded };
}
