import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { isDomainError } from '../../platform/errors/index.js';
import { typeId } from '../../platform/ids/index.js';
import { formatCredits } from '../plans/index.js';
import { centsOf } from './packs.js';
import type { Purchase } from './purchase.js';
import { ReturnAddresses } from './purchases.service.js';
import { StripeClient } from './stripe-client.service.js';

/** The requests behind a top-up. Each has a key of its own, made from the purchase: after a crash all may be sent again, and nothing happens twice. */
@Injectable()
export class TopUpPayments {
  constructor(
    private readonly client: StripeClient,
    private readonly addresses: ReturnAddresses,
  ) {}

  /** The card that is charged when nobody is there: the customer's own choice, else the newest. */
  async cardOf(customer: string): Promise<string | null> {
    const known = await this.client.find((stripe) => stripe.customers.retrieve(customer));
    if (!known || known.deleted) return null;
    const chosen = known.invoice_settings?.default_payment_method;
    if (chosen) return typeof chosen === 'string' ? chosen : chosen.id;
    const { data } = await this.client.ask((stripe) => stripe.customers.listPaymentMethods(customer, { type: 'card', limit: 1 }));
    return data[0]?.id ?? null;
  }

  /** An empty draft: nothing is owed by it. @returns its id */
  async draft(tenantId: string, customer: string, { id }: Purchase): Promise<string> {
    const metadata = { tenant: typeId('tnt', tenantId), purchase: typeId('pur', id) };
    const invoice = await this.client.ask((stripe) =>
      stripe.invoices.create(
        {
          customer,
          currency: 'usd',
          collection_method: 'charge_automatically',
          // We pay it ourselves, once: the service's own retries would charge after we gave up.
          auto_advance: false,
          pending_invoice_items_behavior: 'exclude',
          metadata,
          ...(this.addresses.tax.automatic_tax && { automatic_tax: this.addresses.tax.automatic_tax }),
        },
        keyOf(id, 'invoice'),
      ),
    );
    return invoice.id;
  }

  /** Fills the invoice, closes it and charges the card. A card that is declined leaves it void. */
  async pay(customer: string, card: string, invoiceId: string, purchase: Purchase): Promise<void> {
    const invoice = await this.find(invoiceId);
    if (invoice?.status === 'draft') await this.fill(customer, invoiceId, purchase);
    else if (invoice?.status !== 'open') return;
    try {
      await this.client.ask((stripe) => stripe.invoices.pay(invoiceId, { off_session: true, payment_method: card }, keyOf(purchase.id, `pay:${card}`)));
    } catch (error) {
      if (!isDomainError(error) || error.code !== 'payment_declined') throw error;
      await this.client.ask((stripe) => stripe.invoices.voidInvoice(invoiceId, {}, keyOf(purchase.id, 'void')));
    }
  }

  /** Takes back what was not paid: a draft goes away, an open invoice becomes void. What is paid stays paid. */
  async giveUp(invoiceId: string): Promise<void> {
    const invoice = await this.find(invoiceId);
    if (invoice?.status === 'draft') await this.client.ask((stripe) => stripe.invoices.del(invoiceId));
    if (invoice?.status === 'open') await this.client.ask((stripe) => stripe.invoices.voidInvoice(invoiceId));
  }

  private find(invoiceId: string): Promise<Stripe.Invoice | null> {
    return this.client.find((stripe) => stripe.invoices.retrieve(invoiceId));
  }

  private async fill(customer: string, invoice: string, { id, creditsMilli, priceMicros }: Purchase): Promise<void> {
    const line = { customer, invoice, currency: 'usd', amount: centsOf(priceMicros), description: `${formatCredits(creditsMilli)} credits, automatic top-up` };
    await this.client.ask((stripe) => stripe.invoiceItems.create(line, keyOf(id, 'line')));
    await this.client.ask((stripe) => stripe.invoices.finalizeInvoice(invoice, { auto_advance: false }, keyOf(id, 'finalize')));
  }
}

const keyOf = (purchaseId: string, step: string): { idempotencyKey: string } => ({ idempotencyKey: `top-up:${purchaseId}:${step}` });
