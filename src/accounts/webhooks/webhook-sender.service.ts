import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { outsideTransaction, SystemTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { log } from '../../platform/telemetry/index.js';
import { WebhookAttempts } from './webhook-attempts.service.js';
import type { TakenDelivery } from './webhook.js';
import { WebhooksSystemRepository } from './webhooks.system.repository.js';

const SWEEP_MS = 2_000;
/** Attempts at once in this process, of those for one tenant, and to one endpoint (more for a moment, while another batch is taken). */
const SLOTS = 32;
const PER_TENANT = 8;
const PER_ENDPOINT = 4;
/** Longer than the longest attempt and its record. */
const LEASE_SECONDS = 60;
const KEPT_DAYS = 30;

/** Sends what is due. Several processes share the rows by SKIP LOCKED; the rows decide, being hastened is a courtesy. */
@Injectable()
export class WebhookSender implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = log('accounts/webhooks');
  private readonly inFlight = new Map<Promise<void>, TakenDelivery>();
  private taking = false;
  private again = false;
  private stopping = false;

  constructor(
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    private readonly system: SystemTx,
    private readonly repository: WebhooksSystemRepository,
    private readonly attempts: WebhookAttempts,
    private readonly sweeper: Sweeper,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('webhooks: send what is due', SWEEP_MS, () => this.takeDue());
    this.sweeper.every('webhooks: forget the old', 3_600_000, () => this.system.run('webhooks forget', (em) => this.repository.forgetOlderThan(em, KEPT_DAYS)));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await Promise.allSettled(this.inFlight.keys());
  }

  /** Something is due now. Processes that only serve leave it to the others. */
  hasten(): void {
    if (this.core.role === 'api') return;
    void outsideTransaction(() => this.takeDue()).catch((error: unknown) => this.logger.debug({ err: error }, 'webhooks wait for the sweep'));
  }

  /** Fills the free slots; each attempt that ends looks for the next. Never two at once. */
  private async takeDue(): Promise<void> {
    if (this.taking) {
      this.again = true;
      return;
    }
    this.taking = true;
    try {
      do {
        this.again = false;
        while (await this.takeBatch());
      } while (this.again);
    } finally {
      this.taking = false;
    }
  }

  /** False when nothing is due or no slot is free. */
  private async takeBatch(): Promise<boolean> {
    const limit = SLOTS - this.inFlight.size;
    if (this.stopping || limit <= 0) return false;
    const busy = [...this.count(({ endpointId }) => endpointId)].filter(([, n]) => n >= PER_ENDPOINT).map(([endpointId]) => endpointId);
    const inFlight = this.count(({ tenantId }) => tenantId);
    const wish = { limit, perEndpoint: PER_ENDPOINT, perTenant: PER_TENANT, busy, inFlight, leaseSeconds: LEASE_SECONDS };
    const taken = await this.system.run('webhooks take', (em) => this.repository.take(em, wish));
    for (const delivery of taken) {
      const attempt: Promise<void> = this.attempts
        .make(delivery, this.clock.now())
        .catch((error: unknown) => this.logger.warn({ err: error }, 'an attempt was not recorded; the webhook is sent again'))
        .finally(() => {
          this.inFlight.delete(attempt);
          this.hasten();
        });
      this.inFlight.set(attempt, delivery);
    }
    return taken.length > 0;
  }

  private count(whose: (delivery: TakenDelivery) => string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const delivery of this.inFlight.values()) counts.set(whose(delivery), (counts.get(whose(delivery)) ?? 0) + 1);
    return counts;
  }
}
