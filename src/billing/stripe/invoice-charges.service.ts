import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { TenantTx } from '../../platform/database/index.js';
import { Charges } from '../charges/index.js';
import { BillingAccounts } from './billing-accounts.service.js';
import { invoiceOf } from './invoice.js';
import { InvoiceRefunds } from './invoice-refunds.service.js';
import { InvoicesRepository } from './invoices.repository.js';
import { SubscriptionLooks } from './subscription-looks.service.js';

const DAY_S = 86_400;

/** Writes a paid invoice among the charges: what was bought, and the tax apart. A pack is written with its credits already, so of its invoice only the tax. */
@Injectable()
export class InvoiceCharges {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: InvoicesRepository,
    private readonly accounts: BillingAccounts,
    private readonly charges: Charges,
    private readonly subscriptions: SubscriptionLooks,
    private readonly refunds: InvoiceRefunds,
  ) {}

  /** Once an invoice, however often it is said; then what of it went back. */
  async record(tenantId: string, invoice: Stripe.Invoice): Promise<void> {
    await this.recordPaid(tenantId, invoice);
    await this.refunds.book(tenantId, invoice);
  }

  private async recordPaid(tenantId: string, invoice: Stripe.Invoice): Promise<void> {
    const { totalMicros, taxMicros } = invoiceOf('', invoice);
    const netMicros = invoice.metadata?.purchase ? 0n : totalMicros - taxMicros;
    if (netMicros === 0n && taxMicros === 0n) return;
    if (await this.tx.run({ tenantId }, (em) => this.repository.isCharged(em, keysOf(invoice)))) return;
    // So that the month's credits are there, which the charge names.
    if (isMonth(invoice) && netMicros > 0n) await this.subscriptions.look(tenantId);
    await this.accounts.oneAtATime(tenantId, (writeDown) => writeDown((em) => this.write(em, tenantId, invoice, netMicros, taxMicros)));
  }

  private async write(em: EntityManager, tenantId: string, invoice: Stripe.Invoice, netMicros: bigint, taxMicros: bigint): Promise<void> {
    const [key, taxKey] = keysOf(invoice);
    const description = (invoice.lines.data[0]?.description ?? `Invoice ${invoice.number ?? invoice.id}`).slice(0, 490);
    const common = { listMicros: null, creditsMilli: null, grantId: null, invoiceId: invoice.number ?? invoice.id, correction: false, ...spanOf(invoice) };
    const recurring = isMonth(invoice);
    if (netMicros !== 0n) {
      const category = netMicros > 0n ? 'purchase' : 'credit';
      const grantId = recurring && netMicros > 0n ? await this.repository.unpaidMonth(em, tenantId) : null;
      await this.charges.record(em, tenantId, { ...common, category, amountMicros: netMicros, grantId, description, recurring }, key);
    }
    if (taxMicros > 0n)
      await this.charges.record(em, tenantId, { ...common, category: 'tax', amountMicros: taxMicros, description: `Tax: ${description}`, recurring }, taxKey);
  }
}

const isMonth = ({ billing_reason }: Stripe.Invoice): boolean => (billing_reason ?? '').startsWith('subscription');
const keysOf = ({ id }: Stripe.Invoice): [charge: string, tax: string] => [`invoice/${id}`, `invoice/${id}/tax`];

/** What the first line is for; the invoice's own period is that of the month before. */
function spanOf({ lines, period_start, period_end }: Stripe.Invoice): { periodStart: Date; periodEnd: Date } {
  const { start, end } = lines.data[0]?.period ?? { start: period_start, end: period_end };
  return { periodStart: new Date(start * 1000), periodEnd: new Date(Math.max(end, start + DAY_S) * 1000) };
}
