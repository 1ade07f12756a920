import { Inject, Injectable } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { chooseTask } from '../boxes/index.js';
import { Promotion, ticketOf } from '../lanes/index.js';
import { EXTERNAL_BOX } from '../metering/index.js';
import { Attempts, Backlog } from '../tasks/index.js';
import * as repository from './external-calls.system.repository.js';
import { externalConfig, type ExternalConfig } from './settings.js';

/** Queued tasks that one look sees. */
const SEEN_MAX = 200;

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

  /** Takes what there is, in fair order, as far as there are slots. */
  async take(poolId: string, abilities: readonly string[]): Promise<void> {
    const seen = await this.system.run('external tickets', (em) => this.backlog.queued(em, poolId, abilities, SEEN_MAX));
    if (seen.length === 0) return;
    const on = [...(await this.system.run('external slots', (em) => this.backlog.onBox(em, EXTERNAL_BOX)))];
    const service = { abilities, loaded: [], cached: [], vramMb: Infinity, slots: this.config.slots };
    let left = seen;
    for (let next; (next = chooseTask({ ...service, on }, left));) {
      const task = next;
      left = left.filter((other) => other !== task);
      if (!(await this.promotion.queue(task.laneId).take(ticketOf(task.taskId, task.attempt)))) continue;
      await this.lease(poolId, abilities, task);
      on.push(task);
    }
  }

  private async lease(poolId: string, abilities: readonly string[], ticket: { taskId: string; attempt: number }): Promise<void> {
    const box = { id: EXTERNAL_BOX, poolId, gpuClass: 'CPU', capacity: 'on_demand', abilities } as const;
    await this.system.run('lease external', async (em) => {
      const leased = await this.attempts.lease(em, box, newId(), [ticket]);
      const calls = leased.map(({ tenantId, taskId, attempt, parameters, timeLimitMs }) => {
        const timeoutMs = Math.min(this.config.timeoutMs, timeLimitMs);
        return { tenantId, taskId, attempt, model: String(parameters['model']), timeoutMs };
      });
      if (calls.length > 0) await repository.insertCalls(em, calls);
    });
  }
}
