import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { Plans, type PlanVersion } from '../plans/index.js';
import { BillingAccounts } from './billing-accounts.service.js';
import type { Wish } from './subscription-changes.service.js';
import { SubscriptionLooks } from './subscription-looks.service.js';
import { directionOf, isLive, stateOf, type SubscriptionState } from './subscription-state.js';
import { byContract, planNotSold, seatsNotSold } from './stripe.errors.js';

/** A subscription that runs, and the version of the plan that it pays for. */
interface Running {
  subscription: Stripe.Subscription;
  state: SubscriptionState;
  now: PlanVersion;
}

/** What a wish comes to: more at once, less with the next period, what there is takes back what waits. */
export type Step =
  | { kind: 'nothing' }
  | { kind: 'checkout'; wish: Wish; trial: boolean }
  | ({ kind: 'end' | 'keep' } & Running)
  | ({ kind: 'up' | 'down'; wish: Wish } & Running);

/** Decides what a wish comes to; asks the service what is, and changes nothing. */
@Injectable()
export class SubscriptionSteps {
  constructor(
    private readonly accounts: BillingAccounts,
    private readonly plans: Plans,
    private readonly looks: SubscriptionLooks,
  ) {}

  /** The newest version of the plan. @throws 422 for one that is not sold */
  async target(ctx: { tenantId: string }, plan: string): Promise<PlanVersion> {
    const offered = await this.plans.offered(ctx);
    const target = offered.find((version) => version.plan === plan);
    if (target && target.priceMicrosPerMonth === null) throw byContract(target.name);
    if (target) return target;
    throw planNotSold(
      plan,
      offered.filter(({ priceMicrosPerMonth }) => priceMicrosPerMonth !== null).map((version) => version.plan),
    );
  }

  /** @throws `seats_not_sold` */
  async of(ctx: { tenantId: string }, customer: string, target: PlanVersion, seats: number | null): Promise<Step> {
    const subscription = await this.looks.current(customer);
    const state = subscription && isLive(subscription) ? stateOf(subscription) : null;
    const isFree = target.priceMicrosPerMonth === 0n;
    if (!subscription || !state) {
      if (isFree) return { kind: 'nothing' };
      return { kind: 'checkout', wish: wishOf(target, seats), trial: target.plan === 'pro' && !(await this.accounts.trialUsed(ctx.tenantId)) };
    }
    const now = await this.plans.version(ctx, state.plan, state.version);
    const running: Running = { subscription, state, now };
    if (isFree) return { kind: 'end', ...running };
    // Whoever has a version of the plan keeps it and its price.
    const wish = wishOf(target.plan === state.plan ? now : target, seats);
    const direction = directionOf({ ...state, priceMicros: now.priceMicrosPerMonth ?? 0n }, { ...wish, priceMicros: wish.of.priceMicrosPerMonth ?? 0n });
    if (direction === 'same') return { kind: 'keep', ...running };
    return { kind: direction === 'down' && state.status !== 'trialing' ? 'down' : 'up', wish, ...running };
  }
}

/** @throws `seats_not_sold` */
function wishOf(of: PlanVersion, seats: number | null): Wish {
  const included = of.limits.seats;
  const seatsExtra = included === null ? 0 : Math.max(0, (seats ?? 0) - included);
  if (seatsExtra > 0 && of.seatPriceMicros === null) throw seatsNotSold(of.name, included);
  return { of, plan: of.plan, version: of.version, seatsExtra };
}
