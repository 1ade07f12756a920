import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { outsideTransaction, SystemTx } from '../../platform/database/index.js';
import { Sweeper, Wakeups } from '../../platform/outbox/index.js';
import { log } from '../../platform/telemetry/index.js';
import { Pools } from '../pools/index.js';
import { ExternalCalls } from './external-calls.service.js';
import { ExternalTickets } from './external-tickets.service.js';
import * as repository from './external-calls.system.repository.js';
import { externalConfig, type ExternalConfig } from './settings.js';

/** Longer than a look may take: sending or asking, and fetching what was made. */
const CLAIM_MS = 120_000;

/** What the desk works with. */
@Injectable()
export class ExternalDeskServices {
  constructor(
    readonly wakeups: Wakeups,
    readonly sweeper: Sweeper,
    readonly tickets: ExternalTickets,
    readonly calls: ExternalCalls,
  ) {}
}

/** Keeps calls going, in the roles `all` and `control`: takes tickets when somebody says there are some, looks at calls that are due, keeps leases alive. */
@Injectable()
export class ExternalDesk implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly log = log('fleet/external');
  private poolId: string | null = null;
  private abilities: string[] = [];
  private round: Promise<void> | null = null;
  private again = false;
  private running = 0;
  private stopping = false;
  private readonly looks = new Set<Promise<void>>();
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly system: SystemTx,
    private readonly pools: Pools,
    private readonly services: ExternalDeskServices,
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    @Inject(externalConfig.token) private readonly config: ExternalConfig,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.core.role === 'api') return;
    const { service, slots, models, pollMs } = this.config;
    this.abilities = [...new Set([...models.values()].flatMap((model) => model.operations))].map((kind) => `external:${kind}`);
    this.poolId = await this.pools.ensureExternal(service ? slots : 0, this.abilities);
    if (!service || !this.poolId) return;
    const { wakeups, sweeper, calls } = this.services;
    this.unsubscribe = wakeups.subscribe('lease', (key) => key === this.poolId && this.kick());
    sweeper.every('external calls', pollMs, () => this.look());
    sweeper.every('external leases', calls.beatMs, () => calls.beat());
    sweeper.every('forget external webhooks', 3_600_000, () => this.system.run('forget external webhooks', repository.forgetWebhooks));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.unsubscribe();
    await Promise.allSettled([this.round, ...this.looks]);
  }

  private kick(): void {
    void outsideTransaction(() => this.look()).catch((error: unknown) => this.log.warn({ err: error }, 'external calls were not looked at; the sweep does it'));
  }

  /** One round at a time; who asks meanwhile gets another. */
  private async look(): Promise<void> {
    this.again = true;
    this.round ??= this.rounds().finally(() => (this.round = null));
    await this.round;
  }

  private async rounds(): Promise<void> {
    while (this.again && !this.stopping) {
      this.again = false;
      await this.services.tickets.take(this.poolId!, this.abilities);
      while (this.running < this.config.slots && !this.stopping) {
        const call = await this.system.run('due external call', (em) => repository.claimDue(em, CLAIM_MS));
        if (!call) break;
        this.start(call);
      }
    }
  }

  private start(call: repository.Call): void {
    this.running++;
    const look = this.services.calls
      .advance(call)
      .catch((error: unknown) => this.log.warn({ err: error, taskId: call.taskId, attempt: call.attempt }, 'an external call was not looked at to its end'))
      .finally(() => {
        this.running--;
        this.looks.delete(look);
      });
    this.looks.add(look);
  }
}
