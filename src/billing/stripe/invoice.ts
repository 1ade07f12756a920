import type Stripe from 'stripe';
import { microsOf } from './packs.js';

export interface Invoice {
  id: string;
  invoiceId: string;
  number: string | null;
  status: string;
  /** Why it was made: `subscription_cycle`, `subscription_update`, `manual` … */
  reason: string | null;
  currency: string;
  totalMicros: bigint;
  taxMicros: bigint;
  paidMicros: bigint;
  periodStartsAt: Date;
  periodEndsAt: Date;
  issuedAt: Date;
  pageUrl: string | null;
  fileUrl: string | null;
  /** Attempts to pay that failed. */
  failures: number;
}

const date = (seconds: number): Date => new Date(seconds * 1000);
const httpsOnly = (url: string | null | undefined): string | null => (url && /^https?:\/\//.test(url) ? url : null);

export function invoiceOf(id: string, invoice: Stripe.Invoice): Invoice {
  const isPaid = invoice.status === 'paid';
  return {
    id,
    invoiceId: invoice.id,
    number: invoice.number,
    status: invoice.status ?? 'draft',
    reason: invoice.billing_reason,
    currency: invoice.currency,
    totalMicros: microsOf(invoice.total),
    taxMicros: microsOf((invoice.total_taxes ?? []).reduce((sum, { amount }) => sum + amount, 0)),
    paidMicros: microsOf(invoice.amount_paid),
    periodStartsAt: date(invoice.period_start),
    periodEndsAt: date(invoice.period_end),
    issuedAt: date(invoice.status_transitions.finalized_at ?? invoice.created),
    pageUrl: httpsOnly(invoice.hosted_invoice_url),
    fileUrl: httpsOnly(invoice.invoice_pdf),
    failures: Math.max(0, invoice.attempt_count - (isPaid && invoice.attempt_count > 0 ? 1 : 0)),
  };
}
