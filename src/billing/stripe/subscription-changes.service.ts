import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { PlanVersion } from '../plans/index.js';
import { ReturnAddresses } from './purchases.service.js';
import { StripeClient } from './stripe-client.service.js';
import { StripePrices } from './stripe-prices.service.js';
import { isDeclined } from './stripe.errors.js';
import { itemOf, TRIAL_DAYS, type Bought, type SubscriptionState } from './subscription-state.js';

/** What is to be paid for, and the version of the plan that says how much. */
export interface Wish extends Bought {
  of: PlanVersion;
}

const metadataOf = ({ plan, version, seatsExtra }: Bought): Stripe.MetadataParam => ({ plan, version: String(version), seats: String(seatsExtra) });

/** The requests behind a change of a subscription. */
@Injectable()
export class SubscriptionChanges {
  constructor(
    private readonly client: StripeClient,
    private readonly prices: StripePrices,
    private readonly addresses: ReturnAddresses,
  ) {}

  /** The page to pay on. Earlier ones that nobody paid on are closed, so that nobody subscribes twice. */
  async checkout(tenant: string, customer: string, wish: Wish, trial: boolean): Promise<string> {
    const open = await this.client.ask((stripe) => stripe.checkout.sessions.list({ customer, status: 'open', limit: 100 }));
    for (const { id, mode } of open.data) if (mode === 'subscription') await this.client.ask((stripe) => stripe.checkout.sessions.expire(id));
    const metadata = { tenant };
    const line_items = (await this.itemsOf(wish)).map(({ price, quantity }) => ({ price, quantity }));
    const session = await this.client.ask((stripe) =>
      stripe.checkout.sessions.create({
        mode: 'subscription',
        customer,
        client_reference_id: tenant,
        line_items,
        allow_promotion_codes: true,
        subscription_data: { metadata, ...(trial && { trial_period_days: TRIAL_DAYS }) },
        metadata,
        success_url: this.addresses.page('/plan?subscribed=1'),
        cancel_url: this.addresses.page('/plan?canceled=1'),
        ...this.addresses.tax,
      }),
    );
    return session.url!;
  }

  /**
   * Another plan begins a new month now: what is left of the old one is credited, the new one is charged, its credits are granted in full.
   * Other seats alone are prorated within the month. Null: nothing but taking back what waits.
   */
  async atOnce(subscription: Stripe.Subscription, state: SubscriptionState, wish: Wish | null): Promise<void> {
    await this.release(state);
    try {
      await this.changeNow(subscription, state, wish);
    } catch (error) {
      if (state.next && isDeclined(error)) await this.scheduleAgain(subscription);
      throw error;
    }
  }

  private async changeNow(subscription: Stripe.Subscription, state: SubscriptionState, wish: Wish | null): Promise<void> {
    if (!wish) {
      if (subscription.cancel_at_period_end || subscription.cancel_at) await this.update(subscription.id, { cancel_at_period_end: false });
      if (state.paused) await this.resume(subscription, state);
      return;
    }
    await this.update(subscription.id, {
      ...(await this.changeOf(subscription, state, wish)),
      cancel_at_period_end: false,
      ...(state.paused && { pause_collection: '' as const }),
      // A card that is declined leaves everything as it was.
      ...(state.status !== 'trialing' && { payment_behavior: 'error_if_incomplete' }),
    });
  }

  /** What `atOnce` would charge. */
  async previewOfChange(subscription: Stripe.Subscription, state: SubscriptionState, wish: Wish): Promise<Stripe.Invoice> {
    const subscription_details = await this.changeOf(subscription, state, wish);
    return this.client.ask((stripe) => stripe.invoices.createPreview({ subscription: subscription.id, subscription_details }));
  }

  /** What `checkout` would charge when it begins without a trial. */
  async previewOfNew(customer: string, wish: Wish): Promise<Stripe.Invoice> {
    const items = await this.itemsOf(wish);
    const { automatic_tax } = this.addresses.tax;
    return this.client.ask((stripe) => stripe.invoices.createPreview({ customer, subscription_details: { items }, ...(automatic_tax && { automatic_tax }) }));
  }

  private async changeOf(subscription: Stripe.Subscription, state: SubscriptionState, wish: Wish) {
    const isTrial = state.status === 'trialing';
    return {
      items: await this.replacing(subscription, wish),
      proration_behavior: isTrial ? ('none' as const) : ('always_invoice' as const),
      ...(!isTrial && wish.plan !== state.plan && { billing_cycle_anchor: { type: 'now' as const } }),
    };
  }

  async withNextPeriod(subscription: Stripe.Subscription, state: SubscriptionState, { now, wish }: { now: PlanVersion; wish: Wish }): Promise<void> {
    await this.release(state);
    if (subscription.cancel_at_period_end) await this.update(subscription.id, { cancel_at_period_end: false });
    const schedule = await this.client.ask((stripe) => stripe.subscriptionSchedules.create({ from_subscription: subscription.id }));
    const phase = schedule.phases[0]!;
    const current: Wish = { of: now, plan: state.plan, version: state.version, seatsExtra: state.seatsExtra };
    const phases = [
      { items: await this.itemsOf(current), start_date: phase.start_date, end_date: phase.end_date, metadata: metadataOf(current) },
      { items: await this.itemsOf(wish), start_date: phase.end_date, duration: { interval: 'month' as const, interval_count: 1 }, metadata: metadataOf(wish) },
    ];
    await this.client.ask((stripe) => stripe.subscriptionSchedules.update(schedule.id, { phases, end_behavior: 'release', proration_behavior: 'none' }));
  }

  /** A schedule has to be let go before the subscription is changed: it comes back, as it was, when the change is declined. */
  private async scheduleAgain({ id, schedule }: Stripe.Subscription): Promise<void> {
    const { phases } = schedule as Stripe.SubscriptionSchedule;
    const again = await this.client.ask((stripe) => stripe.subscriptionSchedules.create({ from_subscription: id }));
    await this.client.ask((stripe) =>
      stripe.subscriptionSchedules.update(again.id, {
        phases: phases.map(({ items, start_date, end_date, metadata }) => ({
          items: items.map(({ price, quantity }) => ({ price: typeof price === 'string' ? price : price.id, quantity: quantity ?? 1 })),
          ...{ start_date, end_date, metadata: metadata ?? {} },
        })),
        ...{ end_behavior: 'release', proration_behavior: 'none' },
      }),
    );
  }

  async cancelAtPeriodEnd(subscription: Stripe.Subscription, state: SubscriptionState): Promise<void> {
    await this.release(state);
    if (!subscription.cancel_at_period_end) await this.update(subscription.id, { cancel_at_period_end: true });
  }

  /** The month that is paid stays; then nothing is charged and nothing is owed until it goes on. */
  async pause({ id }: Stripe.Subscription): Promise<void> {
    await this.update(id, { pause_collection: { behavior: 'void' } });
  }

  /** Within the month that is paid nothing else happens; after it a new one begins now and is charged. */
  async resume({ id }: Stripe.Subscription, { covered, status }: SubscriptionState): Promise<void> {
    if (covered || status === 'trialing') return this.update(id, { pause_collection: '' });
    const anew = { billing_cycle_anchor: { type: 'now' as const }, proration_behavior: 'none' as const, payment_behavior: 'error_if_incomplete' as const };
    await this.update(id, { pause_collection: '', ...anew });
  }

  async portal(customer: string): Promise<string> {
    const session = await this.client.ask((stripe) => stripe.billingPortal.sessions.create({ customer, return_url: this.addresses.page('/plan') }));
    return session.url;
  }

  private async update(id: string, change: Stripe.SubscriptionUpdateParams): Promise<void> {
    await this.client.ask((stripe) => stripe.subscriptions.update(id, change));
  }

  private async release({ scheduleId }: SubscriptionState): Promise<void> {
    if (scheduleId) await this.client.ask((stripe) => stripe.subscriptionSchedules.release(scheduleId));
  }

  private async itemsOf({ of, seatsExtra }: Wish): Promise<{ price: string; quantity: number }[]> {
    const items = [{ price: await this.prices.of(of, 'plan'), quantity: 1 }];
    return seatsExtra > 0 ? [...items, { price: await this.prices.of(of, 'seat'), quantity: seatsExtra }] : items;
  }

  private async replacing(subscription: Stripe.Subscription, wish: Wish): Promise<Stripe.SubscriptionUpdateParams.Item[]> {
    const [plan, seat] = await this.itemsOf(wish);
    const had = itemOf(subscription, 'seat');
    const items: Stripe.SubscriptionUpdateParams.Item[] = [{ id: itemOf(subscription, 'plan')!.id, ...plan }];
    if (seat) return [...items, { ...(had && { id: had.id }), ...seat }];
    return had ? [...items, { id: had.id, deleted: true }] : items;
  }
}
