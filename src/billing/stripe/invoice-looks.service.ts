import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { newId } from '../../platform/ids/index.js';
import { Outbox } from '../../platform/outbox/index.js';
import { BillingAccounts } from './billing-accounts.service.js';
import { InvoiceCharges } from './invoice-charges.service.js';
import { invoiceOf, type Invoice } from './invoice.js';
import { InvoicesRepository } from './invoices.repository.js';
import { PaymentMail } from './payment-mail.service.js';
import { StripeClient } from './stripe-client.service.js';

/** Copies invoices, so that they can be listed and exported without asking the service. */
@Injectable()
export class InvoiceLooks {
  constructor(
    private readonly accounts: BillingAccounts,
    private readonly client: StripeClient,
    private readonly repository: InvoicesRepository,
    private readonly outbox: Outbox,
    private readonly charges: InvoiceCharges,
    private readonly mail: PaymentMail,
  ) {}

  async look(tenantId: string, invoiceId: string): Promise<void> {
    const paid = await this.accounts.oneAtATime(tenantId, async (writeDown, customer) => {
      const invoice = await this.client.find((stripe) => stripe.invoices.retrieve(invoiceId));
      const billed = typeof invoice?.customer === 'string' ? invoice.customer : invoice?.customer?.id;
      // A draft is nobody's debt yet.
      if (!invoice || invoice.status === 'draft' || billed !== customer) return null;
      await writeDown(async (em) => {
        const was = await this.repository.find(em, tenantId, invoiceId);
        const now = invoiceOf(was?.id ?? newId(), invoice);
        await this.repository.keep(em, tenantId, now);
        await this.tell(em, tenantId, was, now);
      });
      return invoice.status === 'paid' ? invoice : null;
    });
    if (paid) await this.charges.record(tenantId, paid);
  }

  /** Which invoice a payment paid, and whose it is. */
  async ofPayment(paymentIntent: string): Promise<{ id: string; customerId: string | null } | null> {
    const { data } = await this.client.ask((stripe) =>
      stripe.invoicePayments.list({ payment: { type: 'payment_intent', payment_intent: paymentIntent }, limit: 1, expand: ['data.invoice'] }),
    );
    const invoice = data[0]?.invoice;
    if (typeof invoice !== 'object' || !('customer' in invoice)) return null;
    return { id: invoice.id, customerId: typeof invoice.customer === 'string' ? invoice.customer : (invoice.customer?.id ?? null) };
  }

  private async tell(em: EntityManager, tenantId: string, was: Invoice | null, now: Invoice): Promise<void> {
    if (now.status === 'paid' && was?.status !== 'paid') await this.outbox.emit(em, tenantId, 'invoice.paid', { invoiceId: now.id });
    if (now.status !== 'open' || now.failures <= (was?.failures ?? 0)) return;
    await this.outbox.emit(em, tenantId, 'invoice.payment_failed', { invoiceId: now.id });
    await this.mail.invoiceFailed(em, tenantId, now);
  }
}
