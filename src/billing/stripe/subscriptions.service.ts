import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { typeId } from '../../platform/ids/index.js';
import { BillingAccounts } from './billing-accounts.service.js';
import { SubscriptionChanges } from './subscription-changes.service.js';
import { SubscriptionLooks } from './subscription-looks.service.js';
import { isLive, type SubscriptionState } from './subscription-state.js';
import { SubscriptionSteps, type Step } from './subscription-steps.service.js';
import { noCustomerYet, nothingToPause } from './stripe.errors.js';
import { SubscriptionsRepository } from './subscriptions.repository.js';

export interface SubscribeOutcome {
  /** `checkout`: go to `url` to pay; `changed`: it is so; `scheduled`: it will be so at `effectiveAt`. */
  status: 'checkout' | 'changed' | 'scheduled';
  url: string | null;
  effectiveAt: Date | null;
}
const changed: SubscribeOutcome = { status: 'changed', url: null, effectiveAt: null };

/** What the customer wants to pay for. The service is asked first and says what is; our rows follow it. */
@Injectable()
export class Subscriptions {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: SubscriptionsRepository,
    private readonly accounts: BillingAccounts,
    private readonly steps: SubscriptionSteps,
    private readonly changes: SubscriptionChanges,
    private readonly looks: SubscriptionLooks,
  ) {}

  find(ctx: { tenantId: string }): Promise<SubscriptionState | null> {
    return this.tx.run(ctx, (em) => this.repository.find(em, ctx.tenantId));
  }

  /**
   * More than now at once, with proration; less with the next period; what there is takes back a change that waits.
   * @throws 422 for plans and seats that are not sold, `payment_declined`, `billing_off`
   */
  async subscribe(ctx: Ctx, plan: string, seats: number | null): Promise<SubscribeOutcome> {
    const target = await this.steps.target(ctx, plan);
    const customer = await this.accounts.ensureCustomer(ctx.tenantId);
    const outcome = await this.accounts.oneAtATime(ctx.tenantId, async () =>
      this.take(ctx.tenantId, customer, await this.steps.of(ctx, customer, target, seats)),
    );
    // The answer already shows what is; the webhooks then find nothing left to do.
    await this.looks.after(ctx, 'subscription.asked', { plan, seats, outcome: outcome.status });
    return outcome;
  }

  async pause(ctx: Ctx): Promise<void> {
    await this.onLive(ctx, (subscription) => this.changes.pause(subscription));
    await this.looks.after(ctx, 'subscription.paused', {});
  }

  async resume(ctx: Ctx): Promise<void> {
    await this.onLive(ctx, (subscription) => this.changes.resume(subscription));
    await this.looks.after(ctx, 'subscription.resumed', {});
  }

  async portal(ctx: Ctx): Promise<string> {
    const customer = await this.accounts.payingCustomerOf(ctx.tenantId);
    if (!customer) throw noCustomerYet();
    return this.changes.portal(customer);
  }

  private async take(tenantId: string, customer: string, step: Step): Promise<SubscribeOutcome> {
    switch (step.kind) {
      case 'nothing':
        return changed;
      case 'checkout':
        return { status: 'checkout', url: await this.changes.checkout(typeId('tnt', tenantId), customer, step.wish, step.trial), effectiveAt: null };
      case 'end':
        await this.changes.cancelAtPeriodEnd(step.subscription, step.state);
        return { status: 'scheduled', url: null, effectiveAt: step.state.periodEndsAt };
      case 'down':
        await this.changes.withNextPeriod(step.subscription, step.state, step);
        return { status: 'scheduled', url: null, effectiveAt: step.state.periodEndsAt };
      default:
        await this.changes.atOnce(step.subscription, step.state, step.kind === 'up' ? step.wish : null);
        return changed;
    }
  }

  private async onLive(ctx: Ctx, change: (subscription: Stripe.Subscription) => Promise<void>): Promise<void> {
    const customer = await this.accounts.payingCustomerOf(ctx.tenantId);
    if (!customer) throw nothingToPause();
    await this.accounts.oneAtATime(ctx.tenantId, async () => {
      const subscription = await this.looks.current(customer);
      if (!subscription || !isLive(subscription)) throw nothingToPause();
      await change(subscription);
    });
  }
}
