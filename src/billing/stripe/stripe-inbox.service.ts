import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { outsideTransaction, SystemTx } from '../../platform/database/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { log, Probes } from '../../platform/telemetry/index.js';
import { forgedWebhook } from './stripe.errors.js';
import { StripeClient } from './stripe-client.service.js';
import { StripeEvents, TRIES } from './stripe-events.service.js';
import { StripeEventsSystemRepository } from './stripe-events.system.repository.js';
import { EVENT_TYPES, pointerOf } from './stripe-pointer.js';
import { stripeConfig, type StripeConfig } from './settings.js';

const WORK_MS = 5_000;
const LATE_MS = 60_000;
/** Longer than an outage of ours over a long weekend; the service itself gives up after three days. */
const SWEPT_DAYS = 4;
/** The service remembers thirty. */
const SWEPT_DAYS_MAX = 29;

@Injectable()
export class InboxServices {
  constructor(
    readonly sweeper: Sweeper,
    readonly probes: Probes,
    readonly events: StripeEvents,
  ) {}
}

/** Takes webhooks: checked, stored, answered; dealt with afterwards, as often as it takes. */
@Injectable()
export class StripeInbox implements OnModuleInit, BeforeApplicationShutdown {
  private readonly log = log('billing/stripe');
  private round: Promise<void> | null = null;
  private again = false;
  private stopping = false;

  constructor(
    private readonly system: SystemTx,
    private readonly repository: StripeEventsSystemRepository,
    private readonly client: StripeClient,
    private readonly services: InboxServices,
    @Inject(stripeConfig.token) private readonly config: StripeConfig,
  ) {}

  onModuleInit(): void {
    if (!this.client.on) return;
    const { sweeper, probes, events } = this.services;
    sweeper.every('billing/stripe: inbox', WORK_MS, () => this.work());
    sweeper.every('billing/stripe: late purchases', LATE_MS, () => events.lookAtLateOnes());
    sweeper.every('billing/stripe: subscriptions that are over', LATE_MS, () => events.endWhatIsOver());
    sweeper.every('billing/stripe: subscriptions without news', LATE_MS, () => events.lookAtUnheard());
    sweeper.every('billing/stripe: missed events', LATE_MS, () => this.sweepDaily());
    probes.invariant('stripe.events_are_dealt_with', () => this.system.run('billing: dead events', (em) => this.repository.dead(em)));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.round?.catch(() => undefined);
  }

  /** @throws 400 `webhook_signature` */
  async take(body: Buffer, signature: string | undefined): Promise<void> {
    const event = signature === undefined ? null : this.client.eventOf(body, signature, this.config.webhookSecrets);
    if (!event) throw forgedWebhook();
    await this.system.run('billing: webhook', (em) => this.repository.store(em, [pointerOf(event)]));
    void outsideTransaction(() => this.work()).catch((error: unknown) => this.log.warn({ err: error }, 'webhooks were not dealt with; the sweep does it'));
  }

  /** Deals with what is due. One round at a time; who asks meanwhile gets another. */
  async work(): Promise<void> {
    this.again = true;
    this.round ??= this.rounds().finally(() => (this.round = null));
    await this.round;
  }

  /** Once a day, over all processes and restarts: the row says when it was. */
  async sweepDaily(): Promise<void> {
    if (await this.system.run('billing: begin sweep', (em) => this.repository.beginSweep(em))) await this.sweep();
  }

  /** Asks for the events since the last time, of some days at least, and stores those that never came; what was given up is tried once more. @returns how many */
  async sweep(): Promise<number> {
    const begun = new Date();
    const from = await this.system.run('billing: missed events since', (em) => this.repository.sweepFrom(em, SWEPT_DAYS, SWEPT_DAYS_MAX));
    const since = Math.floor(from.getTime() / 1000);
    let missed = 0;
    for (let at = 0; at < EVENT_TYPES.length; at += 20) {
      // The service takes at most twenty types at once.
      const types = EVENT_TYPES.slice(at, at + 20);
      const events = await this.client.ask((stripe) => stripe.events.list({ types, created: { gte: since }, limit: 100 }).autoPagingToArray({ limit: 10_000 }));
      missed += await this.system.run('billing: missed events', (em) => this.repository.store(em, events.map(pointerOf)));
    }
    await this.system.run('billing: swept', async (em) => {
      await this.repository.revive(em, TRIES - 1);
      await this.repository.forget(em);
      await this.repository.swept(em, begun);
    });
    if (missed > 0) this.log.warn({ missed }, 'the payment service had news that never came');
    await this.work();
    return missed;
  }

  private async rounds(): Promise<void> {
    while (this.again && !this.stopping) {
      this.again = false;
      while ((await this.services.events.dealWithDue()) > 0 && !this.stopping);
    }
  }
}
