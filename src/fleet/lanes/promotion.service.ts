import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SystemTx } from '../../platform/database/index.js';
import { Queues, type LaneQueue } from '../../platform/queue/index.js';
import { Wakeups } from '../../platform/outbox/index.js';
import { Backlog, type ReadyFlow, type ReadyTask } from '../tasks/index.js';
import { LIST_RATE, Pools } from '../pools/index.js';
import { correct, pickFair, type Flow, type WaitingTask } from './fair-order.js';
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
    const look = Math.max(1, Math.min(room, LOOK_AHEAD));
    const corrections = await this.backlog.takeCorrections(em, poolId);
    const ready = await this.backlog.flows(em, laneId, look);
    if (corrections.length === 0 && (ready.length === 0 || room === 0)) return { ...NOTHING, poolId, backlog: ready.length > 0 };

    const turns = await fairRows.readTurns(em, poolId, v, [...ready, ...corrections]);
    for (const correction of corrections) correct(turns, correction, correction.delta);
    const flows = ready.map((flow) => toFlow(flow, LIST_RATE[pool.gpuClass], look));
    const { picked, again } = pickFair(turns, flows, room);
    const attempts = new Map((await this.backlog.queue(em, picked)).map((task) => [task.id, task.attempt]));
    // A task that was cancelled between the look and the lock is not served: its tenant gets the charge back.
    for (const flow of flows) for (const task of flow.tasks) if (picked.some(({ id }) => id === task.id) && !attempts.has(task.id)) correct(turns, flow, -task.cost);
    await fairRows.writeTurns(em, poolId, turns, [...ready, ...corrections]);
    const tickets = picked.filter(({ id }) => attempts.has(id)).map(({ id }) => ticketOf(id, attempts.get(id)!));
    const loaded = flows.reduce((sum, flow) => sum + flow.tasks.length, 0);
    return { poolId, tickets, backlog: loaded > tickets.length || flows.some((flow) => flow.more), again };
  }
}

function toFlow(flow: ReadyFlow, rate: number, loaded: number): Flow {
  const toTask = (task: ReadyTask): WaitingTask => ({
    id: task.id,
    jobId: task.jobId,
    cost: task.estimateMs * rate,
    runningCap: task.runningCap,
    kept: task.tierTag === null || task.tag === null ? null : { tierTag: task.tierTag, tag: task.tag },
  });
  return { tierWeight: flow.tierWeight, tenantId: flow.tenantId, activeJobs: flow.activeJobs, tasks: flow.tasks.map(toTask), more: flow.tasks.length >= loaded };
}
