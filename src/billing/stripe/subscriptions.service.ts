import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Plans, type PlanVersion } from '../plans/index.js';
import { BillingAccounts } from './billing-accounts.service.js';
import { SubscriptionChanges, type Wish } from './subscription-changes.service.js';
import { SubscriptionLooks } from './subscription-looks.service.js';
import { directionOf, isLive, stateOf, type SubscriptionState } from './subscription-state.js';
import { byContract, noCustomerYet, nothingToPause, planNotSold, seatsNotSold } from './stripe.errors.js';
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
    private readonly plans: Plans,
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
    const offered = await this.plans.offered(ctx);
    const target = offered.find((version) => version.plan === plan);
    if (!target)
      throw planNotSold(
        plan,
        offered.filter(({ priceMicrosPerMonth }) => priceMicrosPerMonth !== null).map((version) => version.plan),
      );
    if (target.priceMicrosPerMonth === null) throw byContract(target.name);
    const customer = await this.accounts.ensureCustomer(ctx.tenantId);
    const outcome = await this.accounts.oneAtATime(ctx.tenantId, async () => {
      const subscription = await this.looks.current(customer);
      const state = subscription && isLive(subscription) ? stateOf(subscription) : null;
      if (!subscription || !state) return this.begin(ctx, customer, target, seats);
      return this.alter(ctx, subscription, state, target, seats);
    });
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

  private async begin(ctx: Ctx, customer: string, target: PlanVersion, seats: number | null): Promise<SubscribeOutcome> {
    if (target.priceMicrosPerMonth === 0n) return changed;
    const wish = wishOf(target, seats);
    const trial = target.plan === 'pro' && !(await this.accounts.trialUsed(ctx.tenantId));
    return { status: 'checkout', url: await this.changes.checkout(typeId('tnt', ctx.tenantId), customer, wish, trial), effectiveAt: null };
  }

  private async alter(
    ctx: Ctx,
    subscription: Stripe.Subscription,
    state: SubscriptionState,
    target: PlanVersion,
    seats: number | null,
  ): Promise<SubscribeOutcome> {
    if (target.priceMicrosPerMonth === 0n) {
      await this.changes.cancelAtPeriodEnd(subscription, state);
      return { status: 'scheduled', url: null, effectiveAt: state.periodEndsAt };
    }
    const now = await this.plans.version(ctx, state.plan, state.version);
    // Whoever has a version of the plan keeps it and its price.
    const wish = wishOf(target.plan === state.plan ? now : target, seats);
    const priced = { ...state, priceMicros: now.priceMicrosPerMonth ?? 0n };
    const direction = directionOf(priced, { ...wish, priceMicros: wish.of.priceMicrosPerMonth ?? 0n });
    if (direction === 'down' && state.status !== 'trialing') {
      await this.changes.withNextPeriod(subscription, state, { now, wish });
      return { status: 'scheduled', url: null, effectiveAt: state.periodEndsAt };
    }
    await this.changes.atOnce(subscription, state, direction === 'same' ? null : wish);
    return changed;
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

/** @throws `seats_not_sold` */
function wishOf(of: PlanVersion, seats: number | null): Wish {
  const included = of.limits.seats;
  const seatsExtra = included === null ? 0 : Math.max(0, (seats ?? 0) - included);
  if (seatsExtra > 0 && of.seatPriceMicros === null) throw seatsNotSold(of.name, included);
  return { of, plan: of.plan, version: of.version, seatsExtra };
}
