import type Stripe from 'stripe';
import type { SubscribedPlan } from '../plans/index.js';

/** What a tenant pays for. */
export interface Bought {
  plan: string;
  version: number;
  /** Seats beside those of the plan. */
  seatsExtra: number;
}

export interface SubscriptionState extends Bought {
  subscriptionId: string;
  status: string;
  /** Months are counted from here. */
  anchor: Date;
  periodEndsAt: Date;
  trialEndsAt: Date | null;
  cancelAt: Date | null;
  paused: boolean;
  /** The invoice of the present period stands; while it rests none is made that does. */
  covered: boolean;
  graceEndsAt: Date | null;
  /** Begins with the next period. */
  next: Bought | null;
  scheduleId: string | null;
  endedAt: Date | null;
}

export const GRACE_DAYS = 7;
export const TRIAL_DAYS = 14;
const DAY_S = 86_400;
const ENDED: ReadonlySet<string> = new Set(['canceled', 'incomplete', 'incomplete_expired']);
const OWING: ReadonlySet<string> = new Set(['past_due', 'unpaid']);

const date = (seconds: number): Date => new Date(seconds * 1000);
const dateOrNull = (seconds: number | null | undefined): Date | null => (seconds == null ? null : date(seconds));
const object = <T extends object>(value: string | T | null): T | null => (typeof value === 'object' ? value : null);

export const isLive = ({ status }: { status: string }): boolean => !ENDED.has(status);

/** The one that counts: the newest that lives, else the newest of all. */
export function choose(subscriptions: readonly Stripe.Subscription[]): Stripe.Subscription | null {
  const rank = (subscription: Stripe.Subscription): number => (isLive(subscription) ? 1e12 : 0) + subscription.created;
  return subscriptions.toSorted((a, b) => rank(b) - rank(a) || (a.id < b.id ? 1 : -1))[0] ?? null;
}

export const itemOf = (subscription: Stripe.Subscription, part: 'plan' | 'seat'): Stripe.SubscriptionItem | undefined =>
  subscription.items.data.find(({ price }) => (price.metadata.part ?? 'plan') === part);

const boughtIn = (metadata: Stripe.Metadata | null | undefined): Bought | null =>
  metadata?.plan ? { plan: metadata.plan, version: Number(metadata.version), seatsExtra: Number(metadata.seats ?? 0) } : null;

/** @returns null when its price is none of ours: such a subscription is somebody else's business */
export function stateOf(subscription: Stripe.Subscription): SubscriptionState | null {
  const item = itemOf(subscription, 'plan');
  const bought = boughtIn(item?.price.metadata);
  if (!item || !bought || !Number.isSafeInteger(bought.version)) return null;
  const isTrial = subscription.status === 'trialing';
  const schedule = object(subscription.schedule as string | Stripe.SubscriptionSchedule | null);
  return {
    ...bought,
    seatsExtra: itemOf(subscription, 'seat')?.quantity ?? 0,
    subscriptionId: subscription.id,
    status: subscription.status,
    // Until the trial ends, the anchor of the service is its end.
    anchor: date(isTrial ? (subscription.trial_start ?? subscription.start_date) : subscription.billing_cycle_anchor),
    periodEndsAt: date(item.current_period_end),
    trialEndsAt: isTrial ? dateOrNull(subscription.trial_end) : null,
    cancelAt: dateOrNull(subscription.cancel_at) ?? (subscription.cancel_at_period_end ? date(item.current_period_end) : null),
    paused: subscription.pause_collection !== null,
    covered: isCovered(subscription),
    graceEndsAt: graceOf(subscription, item),
    next: nextOf(schedule),
    scheduleId: schedule && schedule.status !== 'released' ? schedule.id : null,
    endedAt: dateOrNull(subscription.ended_at),
  };
}

/** From the moment the invoice that failed was due. */
function graceOf(subscription: Stripe.Subscription, item: Stripe.SubscriptionItem): Date | null {
  if (!OWING.has(subscription.status)) return null;
  const invoice = object(subscription.latest_invoice as string | Stripe.Invoice | null);
  return date((invoice?.status_transitions?.finalized_at ?? item.current_period_start) + GRACE_DAYS * DAY_S);
}

function nextOf(schedule: Stripe.SubscriptionSchedule | null): Bought | null {
  if (!schedule?.current_phase) return null;
  return boughtIn(schedule.phases.find(({ start_date }) => start_date >= schedule.current_phase!.end_date)?.metadata);
}

/** What was paid stays until its period ends, also when the subscription rests; a month whose invoice was dropped is nobody's. */
function isCovered(subscription: Stripe.Subscription): boolean {
  const invoice = object(subscription.latest_invoice as string | Stripe.Invoice | null);
  if (subscription.pause_collection !== null) return invoice?.status === 'paid';
  return invoice?.status !== 'void' && invoice?.status !== 'uncollectible';
}

/** Whether it gives its plan at this moment; else the tenant has Free. */
export function isEntitled({ status, covered, graceEndsAt }: Pick<SubscriptionState, 'status' | 'covered' | 'graceEndsAt'>, now: Date): boolean {
  if (OWING.has(status)) return graceEndsAt !== null && graceEndsAt > now;
  return covered && (status === 'active' || status === 'trialing');
}

/** What it gives while it does. After a failed payment the plan stays, but the month's credits wait for the payment. */
export const planOf = (state: SubscriptionState): SubscribedPlan => ({
  ...{ plan: state.plan, version: state.version, seatsExtra: state.seatsExtra, anchor: state.anchor },
  // What comes after a scheduled change is known when it has come.
  endsAt: state.cancelAt ?? (state.paused || state.next ? state.periodEndsAt : null),
  paid: !OWING.has(state.status),
});

/** What a wish means for what there is. `up` begins at once and is prorated, `down` with the next period. */
export function directionOf(now: Bought & { priceMicros: bigint }, wish: Bought & { priceMicros: bigint }): 'up' | 'down' | 'same' {
  if (now.plan !== wish.plan && now.priceMicros !== wish.priceMicros) return wish.priceMicros > now.priceMicros ? 'up' : 'down';
  if (now.plan !== wish.plan) return 'up';
  return wish.seatsExtra === now.seatsExtra ? 'same' : wish.seatsExtra > now.seatsExtra ? 'up' : 'down';
}
