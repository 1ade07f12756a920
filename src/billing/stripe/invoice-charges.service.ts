import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { TenantTx } from '../../platform/database/index.js';
import { Charges, type NewCharge } from '../charges/index.js';
import { invoiceOf } from './invoice.js';
import { InvoicesRepository } from './invoices.repository.js';
import { SubscriptionLooks } from './subscription-looks.service.js';

const DAY_S = 86_400;

/** Writes a paid invoice among the charges: what was bought, and the tax apart. A pack is written with its credits already, so of its invoice only the tax. */
@Injectable()
export class InvoiceCharges {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: InvoicesRepository,
    private readonly charges: Charges,
    private readonly subscriptions: SubscriptionLooks,
  ) {}

  /** Once an invoice, however often it is said. */
  async record(tenantId: string, invoice: Stripe.Invoice): Promise<void> {
    const { totalMicros, taxMicros, number } = invoiceOf('', invoice);
    const isMonth = (invoice.billing_reason ?? '').startsWith('subscription');
    // So that the month's credits are there, which the charge names.
    const key = `invoice/${invoice.id}`;
    if (isMonth && totalMicros > taxMicros && !(await this.tx.run({ tenantId }, (em) => this.repository.isCharged(em, key))))
      await this.subscriptions.look(tenantId);
    const common = {
      listMicros: null,
      creditsMilli: null,
      grantId: null,
      invoiceId: number ?? invoice.id,
      recurring: isMonth,
      correction: false,
      ...spanOf(invoice),
    };
    await this.tx.run({ tenantId }, async (em) => {
      const netMicros = totalMicros - taxMicros;
      if (!invoice.metadata?.purchase && netMicros !== 0n)
        await this.once(em, tenantId, key, {
          ...common,
          category: netMicros > 0n ? 'purchase' : 'credit',
          amountMicros: netMicros,
          grantId: isMonth && netMicros > 0n ? await this.repository.unpaidMonth(em, tenantId) : null,
          description: descriptionOf(invoice),
        });
      if (taxMicros > 0n)
        await this.once(em, tenantId, `${key}/tax`, {
          ...common,
          category: 'tax',
          amountMicros: taxMicros,
          description: `Tax: ${descriptionOf(invoice)}`,
        });
    });
  }

  private async once(em: EntityManager, tenantId: string, key: string, charge: NewCharge): Promise<void> {
    await this.charges.record(em, tenantId, charge, key);
  }
}

const descriptionOf = ({ lines, number, id }: Stripe.Invoice): string => (lines.data[0]?.description ?? `Invoice ${number ?? id}`).slice(0, 490);

/** What the first line is for; the invoice's own period is that of the month before. */
function spanOf({ lines, period_start, period_end }: Stripe.Invoice): { periodStart: Date; periodEnd: Date } {
  const { start, end } = lines.data[0]?.period ?? { start: period_start, end: period_end };
  return { periodStart: new Date(start * 1000), periodEnd: new Date(Math.max(end, start + DAY_S) * 1000) };
}
