import type Stripe from 'stripe';
import type { StripeClient } from './stripe-client.service.js';

/** An invoice, and the payment that it was or is to be paid by. */
export interface InvoicePayment {
  invoice: Stripe.Invoice | null;
  intent: Stripe.PaymentIntent | null;
}

export async function seeInvoicePayment(client: StripeClient, invoiceId: string): Promise<InvoicePayment> {
  const invoice = await client.find((stripe) => stripe.invoices.retrieve(invoiceId, { expand: ['payments'] }));
  const paidBy = invoice?.payments?.data.find(({ is_default }) => is_default)?.payment.payment_intent;
  const id = typeof paidBy === 'object' ? paidBy.id : paidBy;
  const intent = id ? await client.find((stripe) => stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] })) : null;
  return { invoice, intent };
}

export const chargeOf = (intent: Stripe.PaymentIntent | null): Stripe.Charge | null =>
  typeof intent?.latest_charge === 'object' ? intent.latest_charge : null;

export async function disputesOf(client: StripeClient, intent: Stripe.PaymentIntent | null): Promise<Stripe.Dispute[]> {
  if (!intent || !chargeOf(intent)?.disputed) return [];
  return (await client.ask((stripe) => stripe.disputes.list({ payment_intent: intent.id, limit: 20 }))).data;
}

/** An inquiry has taken no money yet, and a dispute that we won gave it back. */
const MONEY_GONE: ReadonlySet<string> = new Set(['needs_response', 'under_review', 'lost', 'appeal_needs_response', 'appeal_under_review']);

export const isGone = ({ status }: Stripe.Dispute): boolean => MONEY_GONE.has(status);

/** What was paid, and what of it went back by refunds and disputes. */
export function centsOfPayment(intent: Stripe.PaymentIntent | null, disputes: readonly Stripe.Dispute[]): { paidCents: number; backCents: number } {
  const charge = chargeOf(intent);
  const paidCents = charge?.amount_captured ?? intent?.amount_received ?? 0;
  const disputed = disputes.filter(isGone).reduce((sum, { amount }) => sum + amount, 0);
  return { paidCents, backCents: Math.min((charge?.amount_refunded ?? 0) + disputed, paidCents) };
}
