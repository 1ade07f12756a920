import { Injectable } from '@nestjs/common';
import { NOBODY } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { BillingAccounts } from './billing-accounts.service.js';
import { PACKS } from './packs.js';
import { PurchaseLooks } from './purchase-looks.service.js';
import type { Purchase } from './purchase.js';
import { PurchasesRepository } from './purchases.repository.js';
import { TopUpPayments } from './top-up-payments.service.js';
import { TopUpsRepository } from './top-ups.repository.js';

/** What could not be charged by then is given up: the balance is looked at anew. Shorter than the service remembers keys. */
const PATIENCE_MS = 3_600_000;

/**
 * One top-up: the row first, then draft, line, invoice, payment, and a look at what came of it. Whoever dies on the way is followed by the sweep,
 * which does the same again: the row is the tenant's only open one, and every request repeats itself under its key.
 */
@Injectable()
export class TopUpRuns {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: TopUpsRepository,
    private readonly purchases: PurchasesRepository,
    private readonly accounts: BillingAccounts,
    private readonly payments: TopUpPayments,
    private readonly looks: PurchaseLooks,
  ) {}

  /** Of any number that begin at once, one does. */
  async begin(tenantId: string): Promise<void> {
    const purchase = await this.tx.run({ tenantId }, async (em) => {
      await this.repository.find(em, tenantId, true);
      const pack = await this.repository.due(em, tenantId);
      return pack && this.purchases.insert(em, tenantId, { id: newId(), source: 'top_up', pack: PACKS[pack], by: NOBODY });
    });
    if (purchase) await this.goOn(tenantId, purchase.id);
  }

  async goOn(tenantId: string, purchaseId: string): Promise<void> {
    await this.accounts.oneAtATime(tenantId, async () => {
      const purchase = await this.tx.run({ tenantId }, (em) => this.purchases.find(em, tenantId, purchaseId));
      if (purchase?.state === 'open') await this.charge(tenantId, purchase);
    });
    await this.looks.look(tenantId, purchaseId);
  }

  private async charge(tenantId: string, purchase: Purchase): Promise<void> {
    if (Date.now() - purchase.madeAt.getTime() > PATIENCE_MS) return this.giveUp(tenantId, purchase);
    const customer = await this.accounts.payingCustomerOf(tenantId);
    const card = customer && (await this.payments.cardOf(customer));
    if (!card) return this.looks.fail(tenantId, purchase.id, 'There is no card on file any more.');
    const invoiceId = purchase.invoiceId ?? (await this.payments.draft(tenantId, customer, purchase));
    await this.tx.run({ tenantId }, (em) => this.purchases.note(em, tenantId, purchase.id, { invoiceId }));
    await this.payments.pay(customer, card, invoiceId, purchase);
  }

  private async giveUp(tenantId: string, { id, invoiceId }: Purchase): Promise<void> {
    if (invoiceId) await this.payments.giveUp(invoiceId);
    else await this.looks.fail(tenantId, id, null);
  }
}
