import { Injectable } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Pools } from '../pools/index.js';
import { Backlog } from '../tasks/index.js';
import type { LaneDto } from './lanes.dto.js';

/** The lanes as operators see them. */
@Injectable()
export class Lanes {
  constructor(
    private readonly pools: Pools,
    private readonly backlog: Backlog,
    private readonly system: SystemTx,
  ) {}

  async list(): Promise<LaneDto[]> {
    const pools = new Map((await this.pools.list()).map((pool) => [pool.id, pool]));
    const loads = await this.system.run('lane loads', (em) => this.backlog.laneLoads(em));
    const inPool = (poolId: string): number => loads.filter((load) => load.poolId === poolId).reduce((sum, load) => sum + load.waitingMs + load.runningMs, 0);
    return this.pools.knownLanes().flatMap((lane) => {
      const pool = pools.get(lane.poolId);
      if (!pool) return [];
      const load = loads.find((found) => found.laneId === lane.id);
      return {
        id: typeId('lane', lane.id),
        pool: pool.name,
        class: pool.gpuClass,
        base: lane.base,
        ready: load?.ready ?? 0,
        queued: load?.queued ?? 0,
        running: load?.running ?? 0,
        oldestWaitSeconds: load?.oldestWaitSeconds ?? null,
        estimatedWaitSeconds: pool.liveSlots === 0 ? null : inPool(pool.id) / pool.liveSlots / 1000,
      };
    });
  }
}
