import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import type { EntityManager } from 'typeorm';
import { TenantTx } from '../../platform/database/index.js';
import { typeId } from '../../platform/ids/index.js';
import { BillingAccounts } from './billing-accounts.service.js';
import { disputesOf, seeInvoicePayment } from './invoice-payment.js';
import { PurchaseBooks } from './purchase-books.service.js';
import { seenOf, type Payment, type Purchase, type Seen } from './purchase.js';
import { PurchasesRepository } from './purchases.repository.js';
import { amountsDiffer } from './stripe.errors.js';
import { StripeClient } from './stripe-client.service.js';
import { TopUpOutcomes } from './top-up-outcomes.service.js';

/** What the news was about, where the row does not know it yet. */
interface Hint {
  sessionId?: string;
  paymentIntent?: string | null;
}

/** Looks at a purchase at the service and makes the books agree with what it sees: grant once, take back what was paid back. */
@Injectable()
export class PurchaseLooks {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: PurchasesRepository,
    private readonly accounts: BillingAccounts,
    private readonly client: StripeClient,
    private readonly books: PurchaseBooks,
    private readonly topUps: TopUpOutcomes,
  ) {}

  /** May be done any number of times, by anybody, at any moment. @throws `payment_differs`, `payment_service_unavailable`, `billing_busy` */
  async look(tenantId: string, purchaseId: string, hint: Hint = {}): Promise<void> {
    await this.accounts.oneAtATime(tenantId, async (writeDown) => {
      const purchase = await this.tx.run({ tenantId }, (em) => this.repository.find(em, tenantId, purchaseId));
      const seen = purchase && (await this.see(purchase, hint));
      if (!seen) return;
      if (seen.differs) throw amountsDiffer(typeId('pur', purchaseId), seen.differs);
      await writeDown((em) => this.settle(em, tenantId, purchaseId, seen, hint));
    });
  }

  /** Ends one of which there is nothing to look at. */
  async fail(tenantId: string, purchaseId: string, failure: string | null): Promise<void> {
    const seen: Seen = { state: 'failed', paymentIntent: null, invoice: null, failure, paidMicros: 0n, owedMilli: 0n, backMicros: 0n, differs: null };
    await this.tx.run({ tenantId }, (em) => this.settle(em, tenantId, purchaseId, seen, {}));
  }

  private async see(purchase: Purchase, hint: Hint): Promise<Seen | null> {
    const seen = purchase.source === 'checkout' ? await this.seeSession(purchase, hint) : await this.seeInvoice(purchase);
    if (!seen) return null;
    return seenOf(purchase, { ...seen, disputes: await disputesOf(this.client, seen.intent) });
  }

  private async seeSession(purchase: Purchase, hint: Hint): Promise<Omit<Payment, 'disputes'> | null> {
    const session = await this.sessionOf(purchase, hint);
    return (
      session && {
        session,
        invoice: typeof session.invoice === 'object' ? session.invoice : null,
        intent: typeof session.payment_intent === 'object' ? session.payment_intent : null,
      }
    );
  }

  private async seeInvoice({ invoiceId }: Purchase): Promise<Omit<Payment, 'disputes'> | null> {
    if (!invoiceId) return null;
    return { session: null, ...(await seeInvoicePayment(this.client, invoiceId)) };
  }

  /** Only a session that we made for this very purchase counts, whatever the news says. */
  private async sessionOf(purchase: Purchase, hint: Hint): Promise<Stripe.Checkout.Session | null> {
    const id = purchase.sessionId ?? hint.sessionId ?? (await this.sessionByIntent(hint.paymentIntent));
    if (!id) return null;
    const session = await this.client.find((stripe) => stripe.checkout.sessions.retrieve(id, { expand: ['payment_intent.latest_charge', 'invoice'] }));
    return session?.client_reference_id === typeId('pur', purchase.id) ? session : null;
  }

  private async sessionByIntent(paymentIntent: string | null | undefined): Promise<string | null> {
    if (!paymentIntent) return null;
    const { data } = await this.client.ask((stripe) => stripe.checkout.sessions.list({ payment_intent: paymentIntent, limit: 1 }));
    return data[0]?.id ?? null;
  }

  private async settle(em: EntityManager, tenantId: string, purchaseId: string, seen: Seen, hint: Hint): Promise<void> {
    const was = (await this.repository.find(em, tenantId, purchaseId, true))!;
    // Paid once is paid for good: what goes back afterwards is a refund.
    if (was.grantId && seen.state !== 'paid') return;
    if (was.state === seen.state && was.backMicros === seen.backMicros && was.paymentIntent === seen.paymentIntent) return;
    await this.repository.note(em, tenantId, purchaseId, { sessionId: hint.sessionId, paymentIntent: seen.paymentIntent, invoiceId: seen.invoice?.id });
    const next = { ...was, state: seen.state, owedMilli: seen.owedMilli, backMicros: seen.backMicros, failure: seen.failure, grantId: was.grantId };
    if (was.source === 'top_up' && was.state !== next.state) await this.topUps.note(em, tenantId, next);
    if (seen.state === 'paid') {
      if (!was.grantId) next.paidMicros = seen.paidMicros;
      next.grantId ??= await this.books.grant(em, tenantId, next, seen.invoice?.number ?? null);
      if (seen.backMicros !== was.backMicros) await this.books.takeBack(em, tenantId, next, was);
    }
    await this.repository.change(em, tenantId, next);
  }
}
