import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../platform/clock/index.js';
import { newId } from '../../platform/ids/index.js';
import { Charges } from '../charges/index.js';
import { Sales } from '../ledger/index.js';
import { BillingAccounts } from './billing-accounts.service.js';
import { centsOfPayment, disputesOf, isGone, seeInvoicePayment } from './invoice-payment.js';
import { InvoicesRepository } from './invoices.repository.js';
import { microsOf, owedOf } from './packs.js';
import { StripeClient } from './stripe-client.service.js';

const DAY_MS = 86_400_000;

/** Writes down what of a paid invoice's money went back, and takes the credits of its month in proportion. For packs their purchase does it. */
@Injectable()
export class InvoiceRefunds {
  constructor(
    private readonly client: StripeClient,
    private readonly accounts: BillingAccounts,
    private readonly repository: InvoicesRepository,
    private readonly charges: Charges,
    private readonly sales: Sales,
    private readonly clock: Clock,
  ) {}

  /** When the invoice is among the charges. May be said any number of times. */
  async book(tenantId: string, { id, number, metadata, amount_paid }: Stripe.Invoice): Promise<void> {
    if (metadata?.purchase || amount_paid === 0) return;
    await this.accounts.oneAtATime(tenantId, async (writeDown) => {
      const { intent } = await seeInvoicePayment(this.client, id);
      const disputes = await disputesOf(this.client, intent);
      const { paidCents, backCents } = centsOfPayment(intent, disputes);
      const seen = { backMicros: microsOf(backCents), disputed: disputes.some(isGone) };
      await writeDown(async (em) => {
        const was = await this.repository.wentBack(em, tenantId, id);
        if (was.backMicros === seen.backMicros && was.disputed === seen.disputed) return;
        await this.repository.noteWentBack(em, tenantId, id, seen);
        await this.charge(em, tenantId, number ?? id, was.backMicros - seen.backMicros);
        const month = await this.repository.monthOf(em, tenantId, id);
        const reason = seen.backMicros > was.backMicros ? 'the payment of the month went back' : 'the payment of the month came back';
        // The last step: it locks the wallet.
        if (month) await this.sales.refundMonth(em, tenantId, month.grantId, owedOf(month.amountMilli, paidCents, backCents), reason);
      });
    });
  }

  private async charge(em: EntityManager, tenantId: string, invoiceId: string, amountMicros: bigint): Promise<void> {
    if (amountMicros === 0n) return;
    const periodStart = this.clock.now();
    const span = { periodStart, periodEnd: new Date(periodStart.getTime() + DAY_MS) };
    const description = `Invoice ${invoiceId}: the payment ${amountMicros < 0n ? 'went' : 'came'} back`;
    const none = { listMicros: null, creditsMilli: null, grantId: null, recurring: false, correction: false };
    await this.charges.record(em, tenantId, { ...none, ...span, category: 'adjustment', amountMicros, invoiceId, description }, `invoice/back/${newId()}`);
  }
}
