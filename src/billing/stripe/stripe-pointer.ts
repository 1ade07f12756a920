import type Stripe from 'stripe';

/** What an event makes us look at again. */
export interface StripePointer {
  id: string;
  type: string;
  about: 'purchase' | 'subscription' | 'invoice' | 'nothing';
  objectId: string;
  customerId: string | null;
  /** Our own id of the purchase, as we gave it to the service. */
  purchaseRef: string | null;
  paymentIntent: string | null;
  happenedAt: Date;
}

/** What is listened to; endpoints and the nightly sweep ask for these. */
export const EVENT_TYPES = [
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'checkout.session.expired',
  'payment_intent.succeeded',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'charge.refunded',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.deleted',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'subscription_schedule.updated',
  'subscription_schedule.released',
  'subscription_schedule.canceled',
  'subscription_schedule.completed',
  'invoice.finalized',
  'invoice.paid',
  'invoice.payment_failed',
  'invoice.voided',
  'invoice.marked_uncollectible',
  'invoice.updated',
] as const satisfies readonly Stripe.Event.Type[];

const KNOWN: ReadonlySet<string> = new Set(EVENT_TYPES);

interface AnyObject {
  id?: string;
  mode?: string;
  customer?: string | { id: string } | null;
  payment_intent?: string | { id: string } | null;
  client_reference_id?: string | null;
  metadata?: Record<string, string> | null;
}

const idOf = (value: string | { id: string } | null | undefined): string | null => (typeof value === 'string' ? value : (value?.id ?? null));

function aboutOf(type: string, { mode }: AnyObject): StripePointer['about'] {
  if (!KNOWN.has(type)) return 'nothing';
  if (type.startsWith('checkout.')) return mode === 'subscription' ? 'subscription' : mode === 'payment' ? 'purchase' : 'nothing';
  if (type.startsWith('customer.subscription.') || type.startsWith('subscription_schedule.')) return 'subscription';
  return type.startsWith('invoice.') ? 'invoice' : 'purchase';
}

export function pointerOf(event: Stripe.Event): StripePointer {
  const object = event.data.object as AnyObject;
  const isIntent = event.type.startsWith('payment_intent.');
  return {
    id: event.id,
    type: event.type,
    about: aboutOf(event.type, object),
    objectId: object.id ?? '',
    customerId: idOf(object.customer),
    purchaseRef: object.client_reference_id ?? object.metadata?.purchase ?? null,
    paymentIntent: isIntent ? (object.id ?? null) : idOf(object.payment_intent),
    happenedAt: new Date(event.created * 1000),
  };
}
