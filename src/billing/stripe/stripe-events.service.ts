import { Injectable } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { isTypeId, parseId } from '../../platform/ids/index.js';
import { log } from '../../platform/telemetry/index.js';
import { InvoiceLooks } from './invoice-looks.service.js';
import { PurchaseLooks } from './purchase-looks.service.js';
import { StripeClient } from './stripe-client.service.js';
import { StripeEventsSystemRepository, type TakenEvent } from './stripe-events.system.repository.js';
import { SubscriptionLooks } from './subscription-looks.service.js';

const BATCH = 50;
/** Looked at side by side: a look mostly waits for the service. */
const LANES = 8;
const CLAIM_MS = 180_000;
const TENANTS_PER_SWEEP = 100;
const BACKOFF_FIRST_MS = 5_000;
const BACKOFF_MAX_MS = 3 * 3_600_000;
/** About four days of trying. */
export const TRIES = 40;

/** Two events about one thing need one look. */
const keyOf = (event: TakenEvent): string =>
  event.about === 'subscription'
    ? `subscription ${event.customerId}`
    : event.about === 'invoice'
      ? `invoice ${event.objectId}`
      : `purchase ${event.paymentIntent ?? event.objectId} ${event.purchaseRef}`;

/** Looks at one customer wait for each other anyway. */
const laneOf = (event: TakenEvent): string => event.customerId ?? event.paymentIntent ?? event.objectId;

/** Turns what came in into looks at the things it is about. */
@Injectable()
export class StripeEvents {
  private readonly log = log('billing/stripe');

  constructor(
    private readonly system: SystemTx,
    private readonly repository: StripeEventsSystemRepository,
    private readonly client: StripeClient,
    private readonly purchases: PurchaseLooks,
    private readonly subscriptions: SubscriptionLooks,
    private readonly invoices: InvoiceLooks,
  ) {}

  /** @returns how many were taken up */
  async dealWithDue(): Promise<number> {
    const taken = await this.system.run('billing: due events', (em) => this.repository.claim(em, BATCH, CLAIM_MS));
    const lanes = new Map<string, Map<string, TakenEvent[]>>();
    for (const event of taken) {
      const lane = lanes.get(laneOf(event)) ?? new Map<string, TakenEvent[]>();
      lanes.set(laneOf(event), lane.set(keyOf(event), [...(lane.get(keyOf(event)) ?? []), event]));
    }
    const waiting = [...lanes.values()];
    const dealWithLanes = async (): Promise<void> => {
      for (let lane = waiting.shift(); lane; lane = waiting.shift()) for (const group of lane.values()) await this.deal(group);
    };
    await Promise.all(Array.from({ length: LANES }, dealWithLanes));
    return taken.length;
  }

  async lookAtLateOnes(): Promise<void> {
    const late = await this.system.run('billing: late purchases', (em) => this.repository.lateOnes(em, TENANTS_PER_SWEEP));
    for (const { tenantId, purchaseId } of late)
      await this.purchases.look(tenantId, purchaseId).catch((error: unknown) => this.log.warn({ err: error, purchaseId }, 'a purchase was not looked at'));
  }

  async endWhatIsOver(): Promise<void> {
    await this.lookAtTenants(await this.system.run('billing: subscriptions that are over', (em) => this.repository.over(em, TENANTS_PER_SWEEP)));
  }

  async lookAtUnheard(): Promise<void> {
    await this.lookAtTenants(await this.system.run('billing: subscriptions without news', (em) => this.repository.unheard(em, TENANTS_PER_SWEEP)));
  }

  private async lookAtTenants(tenants: readonly string[]): Promise<void> {
    for (const tenantId of tenants)
      await this.subscriptions.look(tenantId).catch((error: unknown) => this.log.warn({ err: error, tenantId }, 'a subscription was not looked at'));
  }

  private async deal(group: readonly TakenEvent[]): Promise<void> {
    const [event] = group as [TakenEvent, ...TakenEvent[]];
    try {
      const known = event.about === 'purchase' ? await this.lookAtPurchase(event) : await this.lookAtCustomer(event);
      const ids = group.map(({ id }) => id);
      await this.system.run('billing: events done', (em) => this.repository.finish(em, ids, known ? 'done' : 'ignored'));
    } catch (error) {
      this.log.warn({ err: error, event: event.id, type: event.type, attempts: event.attempts }, 'an event could not be dealt with; it is tried again');
      for (const { id, attempts } of group)
        await this.system.run('billing: event failed', (em) => this.repository.fail(em, id, String(error), attempts >= TRIES ? null : backoffOf(attempts)));
    }
  }

  /** False: the payment is none of ours (another program of the same account, an invoice of a subscription). */
  private async lookAtPurchase(event: TakenEvent): Promise<boolean> {
    const found = await this.purchaseOf(event);
    if (!found) return this.lookAtPaidInvoice(event);
    const sessionId = event.type.startsWith('checkout.') ? event.objectId : undefined;
    await this.purchases.look(found.tenantId, found.purchaseId, { sessionId, paymentIntent: event.paymentIntent });
    return true;
  }

  /** A refund or dispute of no purchase may be one of a subscription's invoice. */
  private async lookAtPaidInvoice(event: TakenEvent): Promise<boolean> {
    if (!event.paymentIntent || !/^(charge|refund)\./.test(event.type)) return false;
    const invoice = await this.invoices.ofPayment(event.paymentIntent);
    return invoice !== null && this.lookAtCustomer({ ...event, about: 'invoice', objectId: invoice.id, customerId: invoice.customerId, purchaseRef: null });
  }

  private async purchaseOf(event: TakenEvent): Promise<{ tenantId: string; purchaseId: string } | null> {
    const find = (reference: string | null): Promise<{ tenantId: string; purchaseId: string } | null> => {
      const id = isTypeId('pur', reference) ? parseId('pur', reference) : null;
      if (!id && !event.paymentIntent) return Promise.resolve(null);
      return this.system.run('billing: purchase of event', (em) => this.repository.purchaseOf(em, { id, paymentIntent: event.paymentIntent }));
    };
    const known = await find(event.purchaseRef);
    if (known || !event.paymentIntent) return known;
    // A refund names its payment only, and may come before the news of the payment.
    const intent = await this.client.find((stripe) => stripe.paymentIntents.retrieve(event.paymentIntent!));
    return intent?.metadata?.purchase ? find(intent.metadata.purchase) : null;
  }

  private async lookAtCustomer(event: TakenEvent): Promise<boolean> {
    if (!event.customerId) return false;
    const tenantId = await this.system.run('billing: tenant of customer', (em) => this.repository.tenantOfCustomer(em, event.customerId!));
    if (!tenantId) return false;
    if (event.about === 'invoice') await this.invoices.look(tenantId, event.objectId);
    // An invoice may be that of a top-up.
    if (event.about === 'invoice' && event.purchaseRef) await this.lookAtPurchase(event);
    else await this.subscriptions.look(tenantId);
    return true;
  }
}

const backoffOf = (attempts: number): number => Math.min(BACKOFF_FIRST_MS * 2 ** (attempts - 1), BACKOFF_MAX_MS);
