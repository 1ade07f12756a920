import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ConfigOf } from '../../platform/config/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { log } from '../../platform/telemetry/index.js';
import { fleetConfig } from '../pools/index.js';
import { Attempts } from '../tasks/index.js';
import { Boxes } from './boxes.service.js';
import * as repository from './boxes.system.repository.js';
import { reportOfExpiry } from './silence.js';
import { SteadyWrites } from './steady-writes.js';

/** Finds boxes that fell silent and leases that ran out, and gives their tasks back. Every control process does; rows are shared out by SKIP LOCKED. */
@Injectable()
export class BoxCare implements OnModuleInit {
  private readonly log = log('fleet/boxes');
  private readonly processId = newId();
  private readonly writes: SteadyWrites;

  constructor(
    private readonly system: SystemTx,
    private readonly boxes: Boxes,
    private readonly attempts: Attempts,
    private readonly sweeper: Sweeper,
    @Inject(fleetConfig.token) private readonly config: ConfigOf<typeof fleetConfig>,
  ) {
    this.writes = new SteadyWrites(config.leaseTtlMs);
  }

  onModuleInit(): void {
    const { leaseTtlMs, sweepMs } = this.config;
    this.sweeper.every('own writes', Math.ceil(leaseTtlMs / 6), () => this.proveWriting());
    this.sweeper.every('silent boxes and expired leases', Math.min(sweepMs, Math.ceil(leaseTtlMs / 3)), () => this.sweep());
  }

  /** Takes back what silent boxes hold, unless it may be us who could not hear them. */
  async sweep(): Promise<void> {
    const mayTake = (): boolean => this.writes.isSteady(performance.now());
    while (mayTake() && (await this.system.run('lost box', (em) => this.loseOne(em))));
    while (mayTake() && (await this.system.run('expired lease', (em) => this.expireOne(em))));
    while (mayTake() && (await this.system.run('unreachable box', (em) => this.forgetOne(em))));
  }

  private async proveWriting(): Promise<void> {
    const begunAt = performance.now();
    await this.system.run('note process', (em) => repository.noteProcess(em, this.processId));
    this.writes.wrote(begunAt, performance.now());
  }

  private async loseOne(em: EntityManager): Promise<boolean> {
    const box = await repository.lockSilent(em, this.config.leaseTtlMs);
    if (!box) return false;
    this.log.warn({ boxId: box.id, lastHeartbeatAt: box.lastHeartbeatAt }, 'a box fell silent; what it held goes back to its lanes');
    await repository.setState(em, box.id, 'lost', 'no heartbeat');
    await this.boxes.loseTasks(em, box);
    await this.boxes.slotsChanged(em, box.poolId);
    return true;
  }

  private async expireOne(em: EntityManager): Promise<boolean> {
    const task = await this.attempts.lockExpired(em);
    if (!task) return false;
    const box = await repository.findBox(em, task.boxId);
    this.log.warn({ taskId: task.id, attempt: task.attempt, boxId: task.boxId, boxState: box?.state }, 'a lease ran out');
    await this.attempts.end(em, task, reportOfExpiry(task.lastSignAt, box), { endedAt: task.lastSignAt });
    return true;
  }

  /** A box that never registered, or whose last token ran out while it was silent. */
  private async forgetOne(em: EntityManager): Promise<boolean> {
    const box = await repository.lockUnreachable(em);
    if (!box) return false;
    await this.boxes.retire(em, box, 'gone', box.state === 'booting' ? 'never registered' : 'no heartbeat');
    return true;
  }
}
