import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { coreConfig, type ConfigOf } from '../config/index.js';
import { outsideTransaction, SystemTx } from '../database/index.js';
import { log } from '../telemetry/index.js';
import { EventConsumers, type Consumer, type Delivered } from './event-consumers.service.js';
import { claimDue, deleteDelivered, forgetConsumed, markConsumed, postpone, type OutboxRow } from './outbox.system.repository.js';
import { Sweeper } from './sweeper.service.js';
import { Wakeups } from './wakeups.service.js';

const BATCH = 100;
const AT_ONCE = 8;

/** Delivers the outbox. One loop per process in roles `all` and `control`; several processes share the rows by SKIP LOCKED. */
@Injectable()
export class Relay implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = log('platform/outbox');
  private stopping = false;
  private running: Promise<void> = Promise.resolve();
  private nudge: () => void = () => undefined;
  private nudged = false;

  constructor(
    @Inject(coreConfig.token) private readonly config: ConfigOf<typeof coreConfig>,
    private readonly system: SystemTx,
    private readonly consumers: EventConsumers,
    private readonly wakeups: Wakeups,
    private readonly sweeper: Sweeper,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.role === 'api') return;
    this.wakeups.subscribe('outbox', () => {
      this.nudged = true;
      this.nudge();
    });
    this.sweeper.every('outbox: forget consumed', 3_600_000, () => this.system.run('forget consumed', forgetConsumed));
    this.running = outsideTransaction(() => this.loop());
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.nudge();
    await this.running;
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      this.nudged = false;
      const delivered = await this.deliverBatch().catch((error: unknown) => {
        this.log.warn({ err: error }, 'the outbox could not be read; trying again');
        return 0;
      });
      if (delivered === BATCH || this.nudged || this.stopping) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.nudge = () => (clearTimeout(timer), resolve());
      });
    }
  }

  private async deliverBatch(): Promise<number> {
    const batch = await this.system.run('outbox claim', (em) => claimDue(em, BATCH));
    if (batch.length === 0) return 0;
    const done: string[] = [];
    const pending = [...batch];
    const worker = async (): Promise<void> => {
      for (let row = pending.shift(); row; row = pending.shift()) if (await this.deliver(row)) done.push(row.id);
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, batch.length) }, worker));
    if (done.length > 0) await this.system.run('outbox delivered', (em) => deleteDelivered(em, done));
    return batch.length;
  }

  private async deliver(row: OutboxRow): Promise<boolean> {
    const event = { id: row.id, tenantId: row.tenant_id, payload: row.payload } as Delivered<never>;
    try {
      for (const consumer of this.consumers.of(row.topic)) await this.hand(consumer, event);
      return true;
    } catch (error) {
      this.log.warn({ err: error, topic: row.topic, attempts: row.attempts }, 'an event was not delivered; it will be tried again');
      await this.system.run('outbox postpone', (em) => postpone(em, row.id, String(error))).catch(() => undefined);
      return false;
    }
  }

  private async hand(consumer: Consumer, event: Delivered<never>): Promise<void> {
    if (!consumer.once) return consumer.handler(event);
    await this.system.run(`consume ${consumer.name}`, async (em) => {
      if (await markConsumed(em, event.id, consumer.name)) await consumer.handler(event, em);
    });
  }
}
