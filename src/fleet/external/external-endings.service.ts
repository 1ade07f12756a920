import { Inject, Injectable } from '@nestjs/common';
import type { ConfigOf } from '../../platform/config/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { EXTERNAL_BOX, Metering } from '../metering/index.js';
import { fleetConfig } from '../pools/index.js';
import { Attempts, type AttemptDetail, type AttemptReport, type LockedTask } from '../tasks/index.js';
import * as repository from './external-calls.system.repository.js';

/** Writes calls and their tasks: progress, ends, prices. The only place of the room where a task changes. */
@Injectable()
export class ExternalEndings {
  readonly beatMs: number;

  constructor(
    private readonly system: SystemTx,
    private readonly attempts: Attempts,
    private readonly metering: Metering,
    @Inject(fleetConfig.token) config: ConfigOf<typeof fleetConfig>,
  ) {
    this.beatMs = Math.ceil(config.leaseTtlMs / 4);
  }

  /** Extends the leases of all living calls, whichever process looks at them. */
  async beat(): Promise<void> {
    await this.system.run('external leases', async (em) => {
      const beats = (await repository.findLive(em)).map(({ taskId, attempt, state }) => {
        const isOpen = state === 'open';
        return {
          taskId,
          attempt,
          workMs: 0,
          progress: { step: 0, totalSteps: 1, stage: 'external', state: isOpen ? ('running' as const) : ('loading' as const) },
        };
      });
      await this.attempts.beat(em, EXTERNAL_BOX, beats);
    });
  }

  /** The task while the attempt is current. */
  async stateOf(call: repository.Call): Promise<LockedTask | null> {
    return (await this.system.run('external task', (em) => this.attempts.lock(em, EXTERNAL_BOX, call.taskId, call.attempt))) ?? null;
  }

  async note(call: repository.Call, change: repository.CallChange, lookInMs?: number): Promise<void> {
    await this.system.run('external call', (em) => repository.change(em, call, change, lookInMs));
  }

  /**
   * Ends the attempt; of one that is no longer current only the price is noted, as wasted. `stillOpen`: the service goes on, its price comes later.
   */
  async end(call: repository.Call, report: AttemptReport, priceMicros: bigint, o: Pick<AttemptDetail, 'result'> & { stillOpen?: boolean } = {}): Promise<void> {
    const { tenantId, taskId, attempt } = call;
    await this.system.run('end external call', async (em) => {
      if (!(await repository.lockUnended(em, call))) return;
      const task = call.state === 'late' ? undefined : await this.attempts.lock(em, EXTERNAL_BOX, taskId, attempt);
      if (task) await this.attempts.end(em, task, report, { priceMicros, result: o.result });
      else if (priceMicros > 0n) await this.metering.addWastedPrice(em, tenantId, taskId, attempt, priceMicros);
      await repository.change(em, call, { state: o.stillOpen ? 'late' : 'ended' }, o.stillOpen ? this.beatMs : undefined);
    });
  }
}
