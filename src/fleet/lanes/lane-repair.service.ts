import { Inject, Injectable } from '@nestjs/common';
import type { ConfigOf } from '../../platform/config/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { Wakeups } from '../../platform/outbox/index.js';
import { fleetConfig, Pools } from '../pools/index.js';
import { Backlog } from '../tasks/index.js';
import * as fairRows from './fair-rows.system.repository.js';
import { Promotion } from './promotion.service.js';
import { ticketOf } from './ticket.js';

/** Finds what lost events, lost tickets and lost queues left unfinished; where lanes are returned, they deserve a promotion. */
@Injectable()
export class LaneRepair {
  constructor(
    private readonly promotion: Promotion,
    private readonly pools: Pools,
    private readonly backlog: Backlog,
    private readonly system: SystemTx,
    private readonly wakeups: Wakeups,
    @Inject(fleetConfig.token) private readonly config: ConfigOf<typeof fleetConfig>,
  ) {}

  lanesWithReady(): Promise<string[]> {
    return this.system.run('lanes with ready', (em) => this.backlog.lanesWithReady(em));
  }

  endPauses(): Promise<string[]> {
    return this.system.run('end pauses', (em) => this.backlog.endPauses(em));
  }

  forgetIdleTenants(): Promise<void> {
    return this.system.run('forget idle tenants', fairRows.forgetIdleTenants);
  }

  /** Adds old tickets again; those that are still there ignore it. So one that was lost, or taken by somebody who then died, is there again. */
  async tickets(): Promise<void> {
    const old = await this.system.run('old tickets', (em) => this.backlog.oldTickets(em, this.config.sweepMs));
    for (const laneId of new Set(old.map((ticket) => ticket.laneId))) {
      const ofLane = old.filter((ticket) => ticket.laneId === laneId);
      await this.promotion.queue(laneId).addTickets(ofLane.map((ticket) => ticketOf(ticket.taskId, ticket.attempt)));
      const poolId = this.pools.knownLanes().find((lane) => lane.id === laneId)?.poolId;
      if (poolId) this.wakeups.wake('lease', poolId);
    }
  }
}
