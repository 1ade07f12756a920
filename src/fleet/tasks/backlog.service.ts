import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { outsideTransaction, SystemTx } from '../../platform/database/index.js';
import type { Pool } from '../pools/index.js';
import * as repository from './backlog.system.repository.js';
import * as waiting from './waiting.system.repository.js';

export type { QueuedTask, ReadyLine, ReadyTask } from './backlog.system.repository.js';

/** How old the picture of the backlog may be that waits are estimated by. */
const FRESH_MS = 2000;

interface LanePicture {
  backlog: { tierWeight: number; tenantId: string; ready: number }[];
  queued: number;
  runningMs: number;
  meanMs: number;
}

/** What waits, across tenants: for promotion (fleet/lanes), for the choice of a lane, and for the words "position 3". */
@Injectable()
export class Backlog {
  private loads: { at: number; lanes: readonly waiting.LaneLoad[] } = { at: -Infinity, lanes: [] };
  private loading: Promise<void> | undefined;
  private readonly pictures = new Map<string, { at: number; picture: Promise<LanePicture> }>();

  constructor(private readonly system: SystemTx) {}

  readonly view = repository.viewLane;
  readonly tasksOf = repository.findTasksOf;
  readonly lockRunning = repository.lockRunning;
  readonly queue = repository.queue;
  readonly lanesWithReady = repository.findLanesWithReady;
  readonly oldTickets = repository.findOldTickets;
  readonly endPauses = repository.endPauses;
  readonly queued = repository.findQueued;
  readonly onBox = repository.findOnBox;
  readonly onBoxes = waiting.countOnBoxes;
  readonly laneLoads = waiting.findLaneLoads;
  readonly states = waiting.countStates;

  /** Predicted wait of a new task in a pool, by a picture up to two seconds old (read again behind the caller's back). Infinity without a box. */
  recentWaitMs(pool: Pool): number {
    if (performance.now() - this.loads.at > FRESH_MS) void this.freshLoads().catch(() => undefined);
    if (pool.liveSlots === 0) return Infinity;
    const lanes = this.loads.lanes.filter((lane) => lane.poolId === pool.id);
    const running = lanes.reduce((sum, lane) => sum + lane.running, 0);
    const inLine = lanes.reduce((sum, lane) => sum + lane.ready + lane.queued, 0);
    if (inLine === 0 && running < pool.liveSlots) return 0;
    return lanes.reduce((sum, lane) => sum + lane.waitingMs + lane.runningMs, 0) / pool.liveSlots;
  }

  freshLoads(): Promise<void> {
    if (performance.now() - this.loads.at <= FRESH_MS) return Promise.resolve();
    this.loading ??= this.read('lane loads', waiting.findLaneLoads)
      .then((lanes) => {
        this.loads = { at: performance.now(), lanes };
      })
      .finally(() => (this.loading = undefined));
    return this.loading;
  }

  /** Who waits in a lane, at most a second or two ago. */
  recentLane(laneId: string): Promise<LanePicture> {
    const known = this.pictures.get(laneId);
    if (known && performance.now() - known.at < FRESH_MS) return known.picture;
    const picture = this.picture(laneId);
    this.pictures.set(laneId, { at: performance.now(), picture });
    picture.catch(() => this.pictures.delete(laneId));
    return picture;
  }

  nextWaiting(tenantId: string, jobId: string): Promise<waiting.WaitingTask | undefined> {
    return this.read('position in line', (em) => waiting.findNextWaiting(em, tenantId, jobId));
  }

  private async picture(laneId: string): Promise<LanePicture> {
    await this.freshLoads();
    const backlog = await this.read('line of a lane', (em) => waiting.findBacklogOf(em, laneId));
    const load = this.loads.lanes.find((lane) => lane.laneId === laneId);
    const inLine = load ? load.ready + load.queued : 0;
    return { backlog, queued: load?.queued ?? 0, runningMs: load?.runningMs ?? 0, meanMs: inLine > 0 ? load!.waitingMs / inLine : 0 };
  }

  /** Reads across tenants even when asked from inside a tenant's transaction, on a connection of its own. */
  private read<T>(why: string, fn: (em: EntityManager) => Promise<T>): Promise<T> {
    return outsideTransaction(() => this.system.run(why, fn));
  }
}
