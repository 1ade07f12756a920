import type { SubscriptionView } from '@atelier/ui-kit';
import { getBillingSubscription } from '@atelier/ui-kit/client';
import { queryOptions } from '@tanstack/react-query';

export const subscriptionQuery = queryOptions({ queryKey: ['subscription'], queryFn: async () => (await getBillingSubscription()).subscription });

/** One that is paid for, or was until a payment failed. */
export const isLive = (subscription: SubscriptionView | null | undefined): subscription is SubscriptionView =>
  !!subscription && !['canceled', 'incomplete', 'incomplete_expired'].includes(subscription.status);
