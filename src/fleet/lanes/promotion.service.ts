import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SystemTx } from '../../platform/database/index.js';
import { Queues, type LaneQueue } from '../../platform/queue/index.js';
import { Wakeups } from '../../platform/outbox/index.js';
import { Backlog, type ReadyLine, type ReadyTask } from '../tasks/index.js';
import { LIST_RATE, Pools } from '../pools/index.js';
import { correct, nextLines, pickFair, type Flow, type Picked } from './fair-order.js';
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

interface Round extends Pick<Promoted, 'backlog'> {
  tickets: string[];
  again: boolean;
}

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
    const total: Promoted = { poolId: (await this.pools.findLane(laneId))?.poolId ?? '', tickets: 0, backlog: false };
    for (let again = total.poolId !== ''; again;) {
      const round = await this.system.run('promote', (em) => this.round(em, total.poolId, laneId));
      if (round.tickets.length > 0) {
        await this.queue(laneId).addTickets(round.tickets);
        this.wakeups.wake('lease', total.poolId);
      }
      total.tickets += round.tickets.length;
      total.backlog = round.backlog;
      again = round.again;
    }
    return total;
  }

  private async round(em: EntityManager, poolId: string, laneId: string): Promise<Round> {
    const turns = await fairRows.lockTurns(em, poolId);
    const pool = this.pools.known().find(({ id }) => id === poolId)!;
    const { room, corrections, lines } = await this.backlog.view(em, poolId, laneId, { liveSlots: pool.liveSlots, spare: RUNWAY_SPARE });
    if (corrections.length === 0 && lines.length === 0) return { tickets: [], backlog: room === 0, again: false };

    await fairRows.readTags(em, poolId, turns, [...lines, ...corrections]);
    for (const correction of corrections) correct(turns, correction, correction.delta);
    const flows = await this.flows(em, laneId, nextLines(turns, lines, room), room, LIST_RATE[pool.gpuClass]);
    const { picked, again } = pickFair(turns, flows, room);
    const attempts = new Map((await this.backlog.queue(em, await this.withinCaps(em, flows, picked))).map((task) => [task.id, task.attempt]));
    const served = flows.filter((flow) => flow.tasks.some((task) => picked.some(({ id }) => id === task.id)));
    // A task that was cancelled between the look and the lock, or whose tenant meanwhile runs all it may in another pool, is not served: its tenant gets the charge back.
    for (const flow of served)
      for (const task of flow.tasks) if (picked.some(({ id }) => id === task.id) && !attempts.has(task.id)) correct(turns, flow, -task.cost);
    await fairRows.writeTurns(em, poolId, turns, [...served, ...corrections]);
    const tickets = picked.filter(({ id }) => attempts.has(id)).map(({ id }) => ticketOf(id, attempts.get(id)!));
    const seen = flows.reduce((sum, flow) => sum + flow.tasks.length, 0);
    return { tickets, backlog: room === 0 || lines.length > flows.length || seen > tickets.length || flows.some((flow) => flow.more), again };
  }

  /** The turns of one pool are picked under its own lock; a cap holds over all pools, so it is looked at again under the tenants' locks. */
  private async withinCaps(em: EntityManager, flows: readonly Flow[], picked: readonly Picked[]): Promise<readonly Picked[]> {
    const known = new Map(flows.flatMap(({ tenantId, tasks }) => tasks.map((task) => [task.id, { ...task, tenantId }])));
    const tenants = new Set(picked.map(({ id }) => known.get(id)!).flatMap(({ runningCap, tenantId }) => (runningCap === null ? [] : tenantId)));
    if (tenants.size === 0) return picked;
    const running = await this.backlog.lockRunning(em, [...tenants]);
    return picked.filter(({ id }) => {
      const { tenantId, jobId, runningCap } = known.get(id)!;
      const jobs = running.get(tenantId);
      if (runningCap === null || !jobs) return true;
      if (jobs.size >= runningCap && !jobs.has(jobId)) return false;
      jobs.add(jobId);
      return true;
    });
  }

  /** The lines whose turn may come, with as many of their tasks as may be served. Often the heads, which are known already, are all it takes. */
  private async flows(em: EntityManager, laneId: string, lines: readonly ReadyLine[], room: number, rate: number): Promise<Flow[]> {
    if (lines.every((line) => !line.capped && (room <= 1 || !line.more))) return lines.map((line) => toFlow(line, [line.head], line.more, rate));
    const look = Math.max(1, Math.min(room, LOOK_AHEAD));
    const ready = await this.backlog.tasksOf(em, laneId, lines, look);
    return lines.map((line) => {
      const tasks = ready.filter((task) => task.tierWeight === line.tierWeight && task.tenantId === line.tenantId);
      return toFlow(line, tasks, tasks.length >= look, rate);
    });
  }
}

function toFlow({ tierWeight, tenantId, activeJobs }: ReadyLine, ready: readonly ReadyTask[], more: boolean, rate: number): Flow {
  const tasks = ready.map(({ id, jobId, estimateMs, runningCap, tierTag, tag }) => ({
    id,
    jobId,
    cost: estimateMs * rate,
    runningCap,
    kept: tierTag === null || tag === null ? null : { tierTag, tag },
  }));
  return { tierWeight, tenantId, activeJobs, tasks, more };
}
