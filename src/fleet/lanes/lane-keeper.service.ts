import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { Sweeper, Wakeups } from '../../platform/outbox/index.js';
import { log } from '../../platform/telemetry/index.js';
import { fleetConfig } from '../pools/index.js';
import { LaneRepair } from './lane-repair.service.js';
import { Promotion } from './promotion.service.js';

/**
 * Keeps every lane's runway full: promotes as soon as somebody says that rows are ready or a slot became free, and sweeps for what nobody said. Runs in the
 * roles `all` and `control`.
 */
@Injectable()
export class LaneKeeper implements OnModuleInit, BeforeApplicationShutdown {
  private readonly log = log('fleet/lanes');
  /** Lanes being promoted now; true: somebody asked again meanwhile. */
  private readonly busy = new Map<string, { again: boolean; done: Promise<void> }>();
  /** Lanes that kept ready tasks behind for want of room: a free slot anywhere in their pool concerns them. */
  private readonly behind = new Set<string>();
  private readonly poolOf = new Map<string, string>();
  private unsubscribe: () => void = () => undefined;
  private stopping = false;

  constructor(
    private readonly promotion: Promotion,
    private readonly repair: LaneRepair,
    private readonly sweeper: Sweeper,
    private readonly wakeups: Wakeups,
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    @Inject(fleetConfig.token) private readonly config: ConfigOf<typeof fleetConfig>,
  ) {}

  onModuleInit(): void {
    if (this.core.role === 'api') return;
    this.unsubscribe = this.wakeups.subscribe('lane', (laneId) => this.wake(laneId));
    const { sweepMs } = this.config;
    this.sweeper.every('ready without ticket', sweepMs, async () => (await this.repair.lanesWithReady()).forEach((laneId) => this.kick(laneId)));
    this.sweeper.every('queued without live ticket', sweepMs, () => this.repair.tickets());
    this.sweeper.every('pauses that are over', sweepMs, async () => (await this.repair.endPauses()).forEach((laneId) => this.kick(laneId)));
    this.sweeper.every('forget idle tenants', 60_000, () => this.repair.forgetIdleTenants());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.unsubscribe();
    await Promise.allSettled([...this.busy.values()].map(({ done }) => done));
  }

  /** Promotes now, or once more when it is being done. */
  kick(laneId: string): void {
    if (this.stopping || laneId === '') return;
    const running = this.busy.get(laneId);
    if (running) {
      running.again = true;
      return;
    }
    const entry = { again: true, done: Promise.resolve() };
    this.busy.set(laneId, entry);
    entry.done = this.run(laneId, entry).finally(() => this.busy.delete(laneId));
  }

  private wake(laneId: string): void {
    this.kick(laneId);
    for (const other of this.behind) if (other !== laneId && this.poolOf.get(other) === this.poolOf.get(laneId)) this.kick(other);
  }

  private async run(laneId: string, entry: { again: boolean }): Promise<void> {
    while (entry.again && !this.stopping) {
      entry.again = false;
      try {
        const { poolId, backlog } = await this.promotion.promote(laneId);
        this.poolOf.set(laneId, poolId);
        if (backlog) this.behind.add(laneId);
        else this.behind.delete(laneId);
      } catch (error) {
        this.log.warn({ err: error, laneId }, 'a lane was not promoted; the sweep does it');
      }
    }
  }
}
