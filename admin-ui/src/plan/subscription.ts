import type { OfferedPlan, SubscriptionView } from '@atelier/ui-kit';
import { getBillingSubscription } from '@atelier/ui-kit/client';
import { queryOptions } from '@tanstack/react-query';

export const subscriptionQuery = queryOptions({ queryKey: ['subscription'], queryFn: async () => (await getBillingSubscription()).subscription });

/** One that is paid for, or was until a payment failed. */
export const isLive = (subscription: SubscriptionView | null | undefined): subscription is SubscriptionView =>
  !!subscription && !['canceled', 'incomplete', 'incomplete_expired'].includes(subscription.status);

export interface Wish {
  plan: OfferedPlan;
  /** Beside those of the plan. */
  seatsExtra: number;
}

/** What a wish will mean, said before anybody presses: the server decides by the same rules. */
export type Course = 'checkout' | 'trial' | 'inTrial' | 'atOnce' | 'seatsAtOnce' | 'later';

export function courseOf({ plan, seatsExtra }: Wish, now: SubscriptionView | null, currentPriceMicros: string | null, trial: boolean): Course {
  if (!now) return trial && plan.plan === 'pro' ? 'trial' : 'checkout';
  if (now.status === 'trialing') return 'inTrial';
  if (plan.plan === now.plan) return seatsExtra < now.seatsExtra ? 'later' : 'seatsAtOnce';
  return BigInt(plan.priceMicrosPerMonth ?? 0) < BigInt(currentPriceMicros ?? 0) ? 'later' : 'atOnce';
}

/** Of a month, seats included; null by contract. */
export function monthlyMicros({ plan, seatsExtra }: Wish): string | null {
  if (plan.priceMicrosPerMonth === null) return null;
  return String(BigInt(plan.priceMicrosPerMonth) + BigInt(plan.seatPriceMicros ?? 0) * BigInt(seatsExtra));
}
