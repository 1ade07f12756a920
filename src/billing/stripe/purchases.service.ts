import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { log } from '../../platform/telemetry/index.js';
import { formatCredits } from '../plans/index.js';
import { BillingAccounts } from './billing-accounts.service.js';
import { centsOf, PACKS, type PackId } from './packs.js';
import { PurchaseLooks } from './purchase-looks.service.js';
import type { Purchase } from './purchase.js';
import { PurchasesRepository } from './purchases.repository.js';
import { stripeConfig, type StripeConfig } from './settings.js';
import { StripeClient } from './stripe-client.service.js';

/** What a reader waits for the payment service. */
const PATIENCE_MS = 5_000;

/** Addresses of our own pages, for the way back from the service. */
@Injectable()
export class ReturnAddresses {
  constructor(
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    @Inject(stripeConfig.token) private readonly stripe: StripeConfig,
  ) {}

  /** Stripe Tax needs the buyer's address, which Checkout then asks for and keeps. */
  get tax(): Pick<Stripe.Checkout.SessionCreateParams, 'automatic_tax' | 'customer_update'> {
    return this.stripe.tax ? { automatic_tax: { enabled: true }, customer_update: { address: 'auto', name: 'auto' } } : {};
  }

  page(path: string): string {
    return `${this.core.publicUrl}/admin${path}`;
  }
}

/** Packs of credits: bought on the service's own page, granted when they are paid. */
@Injectable()
export class Purchases {
  private readonly log = log('billing/stripe');
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly tx: TenantTx,
    private readonly repository: PurchasesRepository,
    private readonly accounts: BillingAccounts,
    private readonly client: StripeClient,
    private readonly addresses: ReturnAddresses,
    private readonly looks: PurchaseLooks,
  ) {}

  /** The row first, so that whatever is paid finds it. @throws `billing_off`, `payment_service_unavailable` */
  async start(ctx: Ctx, packId: PackId): Promise<{ purchase: Purchase; url: string }> {
    const customer = await this.accounts.ensureCustomer(ctx.tenantId);
    const id = newId();
    const purchase = await this.tx.run(ctx, (em) =>
      this.repository.insert(em, ctx.tenantId, { id, source: 'checkout', pack: PACKS[packId], by: actorId(ctx) }),
    );
    const session = await this.client.ask((stripe) =>
      stripe.checkout.sessions.create(this.checkoutOf(ctx.tenantId, customer, purchase), { idempotencyKey: `purchase:${id}` }),
    );
    await this.tx.run(ctx, (em) => this.repository.note(em, ctx.tenantId, id, { sessionId: session.id }));
    return { purchase, url: session.url! };
  }

  /** One that is still open is looked at first: who comes back from paying shall not wait for a webhook. Answers also while the service does not. @throws 404 */
  async get(ctx: Ctx, id: string): Promise<Purchase> {
    const purchase = await this.load(ctx, id);
    if (purchase.state !== 'open' || !this.client.on) return purchase;
    await Promise.race([this.lookOnce(ctx.tenantId, id), sleep(PATIENCE_MS, undefined, { ref: false })]);
    return this.load(ctx, id);
  }

  /** Whoever asks while a look is under way waits for that one. It never fails: then the row as it is must do. */
  private lookOnce(tenantId: string, id: string): Promise<void> {
    const look =
      this.underWay.get(id) ??
      this.looks
        .look(tenantId, id)
        .catch((error: unknown) => this.log.warn({ err: error, purchase: id }, 'a purchase was not looked at'))
        .finally(() => this.underWay.delete(id));
    this.underWay.set(id, look);
    return look;
  }

  list(ctx: Ctx, limit: number, before: string | null): Promise<Purchase[]> {
    return this.tx.run(ctx, (em) => this.repository.list(em, ctx.tenantId, limit, before));
  }

  private async load(ctx: Ctx, id: string): Promise<Purchase> {
    const purchase = await this.tx.run(ctx, (em) => this.repository.find(em, ctx.tenantId, id));
    if (!purchase) throw notFound('purchase');
    return purchase;
  }

  private checkoutOf(tenantId: string, customer: string, { id, creditsMilli, priceMicros }: Purchase): Stripe.Checkout.SessionCreateParams {
    const reference = typeId('pur', id);
    const metadata = { tenant: typeId('tnt', tenantId), purchase: reference };
    const name = `${formatCredits(creditsMilli)} credits`;
    return {
      mode: 'payment',
      customer,
      client_reference_id: reference,
      line_items: [{ quantity: 1, price_data: { currency: 'usd', unit_amount: centsOf(priceMicros), product_data: { name } } }],
      // Who may use a coupon, and how often, is said where it is made.
      allow_promotion_codes: true,
      invoice_creation: { enabled: true, invoice_data: { metadata } },
      // The card is kept for automatic top-up, which is off until somebody turns it on.
      payment_intent_data: { metadata, setup_future_usage: 'off_session' },
      metadata,
      success_url: this.addresses.page(`/credits?purchase=${reference}`),
      cancel_url: this.addresses.page('/credits?canceled=1'),
      ...this.addresses.tax,
    };
  }
}
