import type Stripe from 'stripe';
import { centsOfPayment } from './invoice-payment.js';
import { centsOf, microsOf, owedOf } from './packs.js';

export type PurchaseState = 'open' | 'paid' | 'failed' | 'expired';

export interface Purchase {
  id: string;
  source: 'checkout' | 'top_up';
  pack: string;
  creditsMilli: bigint;
  priceMicros: bigint;
  /** Before tax; less than the price when a coupon was used. */
  paidMicros: bigint;
  state: PurchaseState;
  sessionId: string | null;
  /** Of the service; a top-up is paid by it. */
  invoiceId: string | null;
  paymentIntent: string | null;
  grantId: string | null;
  owedMilli: bigint;
  /** Of these, spent before it could be taken. */
  receivableMilli: bigint;
  /** Of the money, with its tax. */
  backMicros: bigint;
  failure: string | null;
  madeAt: Date;
}

/** What the payment service says now. The order in which its news came does not matter: only the last look counts. */
export interface Seen {
  state: PurchaseState;
  paymentIntent: string | null;
  invoice: { id: string; number: string | null } | null;
  failure: string | null;
  /** Before tax. */
  paidMicros: bigint;
  /** Of the credits, what went back with the money. */
  owedMilli: bigint;
  /** The money that went back. */
  backMicros: bigint;
  /** What is wrong with the payment, when it is not the one that was asked for. */
  differs: string | null;
}

/** Things of the service that say what became of a purchase. */
export interface Payment {
  session: Stripe.Checkout.Session | null;
  /** That of a checkout is made when it is paid. */
  invoice: Stripe.Invoice | null;
  intent: Stripe.PaymentIntent | null;
  disputes: readonly Stripe.Dispute[];
}

export function seenOf(purchase: Purchase, payment: Payment): Seen {
  const { session, invoice, intent, disputes } = payment;
  const paid = session ? isPaid(session) : invoice?.status === 'paid';
  const cents = centsOfPayment(intent, disputes);
  const backCents = paid ? cents.backCents : 0;
  return {
    state: paid ? 'paid' : session ? unpaidState(session, intent) : unpaidInvoiceState(invoice),
    paymentIntent: intent?.id ?? null,
    invoice: invoice && { id: invoice.id, number: invoice.number },
    failure: paid ? null : (intent?.last_payment_error?.message ?? (invoice && invoice.attempt_count > 0 ? 'The payment did not go through.' : null)),
    paidMicros: session ? microsOf((session.amount_total ?? 0) - (session.total_details?.amount_tax ?? 0)) : purchase.priceMicros,
    owedMilli: owedOf(purchase.creditsMilli, cents.paidCents, backCents),
    backMicros: microsOf(backCents),
    differs: paid ? differenceOf(purchase, payment) : null,
  };
}

/** A coupon may leave nothing to pay. */
const isPaid = ({ payment_status, status }: Stripe.Checkout.Session): boolean =>
  payment_status === 'paid' || (payment_status === 'no_payment_required' && status === 'complete');

function unpaidState(session: Stripe.Checkout.Session, intent: Stripe.PaymentIntent | null): PurchaseState {
  if (session.status === 'expired') return 'expired';
  const isRefused = intent?.status === 'requires_payment_method' || intent?.status === 'canceled';
  // In an open session the buyer may try another card.
  return isRefused && session.status !== 'open' ? 'failed' : 'open';
}

/** A draft that is gone was given up. */
const unpaidInvoiceState = (invoice: Stripe.Invoice | null): PurchaseState => (invoice?.status === 'draft' || invoice?.status === 'open' ? 'open' : 'failed');

function differenceOf(purchase: Purchase, { session, invoice }: Payment): string | null {
  const currency = session?.currency ?? invoice?.currency;
  const cents = session ? session.amount_subtotal : invoice?.subtotal;
  if (currency !== 'usd') return `it was paid in ${currency}`;
  return cents === centsOf(purchase.priceMicros) ? null : `${cents} cents instead of ${centsOf(purchase.priceMicros)}`;
}
