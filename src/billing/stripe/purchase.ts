import type Stripe from 'stripe';
import { centsOf, owedOf } from './packs.js';

export type PurchaseState = 'open' | 'paid' | 'failed' | 'expired';

export interface Purchase {
  id: string;
  source: 'checkout' | 'top_up';
  pack: string;
  creditsMilli: bigint;
  priceMicros: bigint;
  state: PurchaseState;
  sessionId: string | null;
  paymentIntent: string | null;
  grantId: string | null;
  owedMilli: bigint;
  receivableMilli: bigint;
  failure: string | null;
  madeAt: Date;
}

/** What the payment service says now. The order in which its news came does not matter: only the last look counts. */
export interface Seen {
  state: PurchaseState;
  paymentIntent: string | null;
  failure: string | null;
  /** Of the credits, what went back with the money. */
  owedMilli: bigint;
  /** What is wrong with the payment, when it is not the one that was asked for. */
  differs: string | null;
}

/** An inquiry has taken no money yet, and a dispute that we won gave it back. */
const MONEY_GONE: ReadonlySet<string> = new Set(['needs_response', 'under_review', 'lost', 'appeal_needs_response', 'appeal_under_review']);

export function seenOf(
  purchase: Purchase,
  session: Stripe.Checkout.Session | null,
  intent: Stripe.PaymentIntent | null,
  disputes: readonly Stripe.Dispute[],
): Seen {
  const charge = typeof intent?.latest_charge === 'object' ? intent.latest_charge : null;
  const paid = session ? session.payment_status === 'paid' : intent?.status === 'succeeded';
  const paidCents = charge?.amount_captured ?? intent?.amount_received ?? 0;
  const disputed = disputes.filter(({ status }) => MONEY_GONE.has(status)).reduce((sum, { amount }) => sum + amount, 0);
  return {
    state: paid ? 'paid' : unpaidState(session, intent),
    paymentIntent: intent?.id ?? null,
    failure: paid ? null : (intent?.last_payment_error?.message ?? null),
    owedMilli: paid ? owedOf(purchase.creditsMilli, paidCents, (charge?.amount_refunded ?? 0) + disputed) : 0n,
    differs: paid ? differenceOf(purchase, session, intent) : null,
  };
}

function unpaidState(session: Stripe.Checkout.Session | null, intent: Stripe.PaymentIntent | null): PurchaseState {
  if (session?.status === 'expired') return 'expired';
  const isRefused = intent?.status === 'requires_payment_method' || intent?.status === 'canceled';
  // In an open session the buyer may try another card.
  return isRefused && session?.status !== 'open' ? 'failed' : 'open';
}

function differenceOf(purchase: Purchase, session: Stripe.Checkout.Session | null, intent: Stripe.PaymentIntent | null): string | null {
  const currency = session?.currency ?? intent?.currency;
  const cents = session ? session.amount_subtotal : intent?.amount;
  if (currency !== 'usd') return `it was paid in ${currency}`;
  return cents === centsOf(purchase.priceMicros) ? null : `${cents} cents instead of ${centsOf(purchase.priceMicros)}`;
}
