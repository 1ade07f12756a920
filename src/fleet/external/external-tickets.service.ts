import { Inject, Injectable } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { parseTicket, Promotion } from '../lanes/index.js';
import { EXTERNAL_BOX } from '../metering/index.js';
import { Attempts, Backlog } from '../tasks/index.js';
import * as repository from './external-calls.system.repository.js';
import { externalConfig, type ExternalConfig } from './settings.js';

/** Exchanges tickets of the external lane for leases, as the desk of the boxes does, each with the row of its call. */
@Injectable()
export class ExternalTickets {
  constructor(
    private readonly system: SystemTx,
    private readonly promotion: Promotion,
    private readonly backlog: Backlog,
    private readonly attempts: Attempts,
    @Inject(externalConfig.token) private readonly config: ExternalConfig,
  ) {}

  /** Takes what there is, as far as there are slots. */
  async take(poolId: string): Promise<void> {
    const on = await this.system.run('external slots', (em) => this.backlog.onBox(em, EXTERNAL_BOX));
    const lanes = await this.system.run('external tickets', (em) => this.backlog.ticketedLanes(em, poolId));
    let free = this.config.slots - on.tasks;
    for (const { laneId, abilities } of lanes) {
      for (; free > 0; free--) {
        const ticket = await this.promotion.queue(laneId).take();
        if (ticket === null) break;
        await this.lease(poolId, abilities, ticket);
        await this.promotion.queue(laneId).done(ticket);
      }
    }
  }

  private async lease(poolId: string, abilities: readonly string[], ticket: string): Promise<void> {
    const box = { id: EXTERNAL_BOX, poolId, gpuClass: 'CPU', capacity: 'on_demand', abilities } as const;
    await this.system.run('lease external', async (em) => {
      const leased = await this.attempts.lease(em, box, newId(), [parseTicket(ticket)]);
      const calls = leased.map(({ tenantId, taskId, attempt, parameters, timeLimitMs }) => {
        const timeoutMs = Math.min(this.config.timeoutMs, timeLimitMs);
        return { tenantId, taskId, attempt, model: String(parameters['model']), timeoutMs };
      });
      if (calls.length > 0) await repository.insertCalls(em, calls);
    });
  }
}
