import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Audit } from '../../accounts/audit/index.js';
import { Clock } from '../../platform/clock/index.js';
import { systemCtx, NOBODY } from '../../platform/context/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { Charges } from '../charges/index.js';
import { Sales } from '../ledger/index.js';
import { formatCredits } from '../plans/index.js';
import type { Purchase } from './purchase.js';

const DAY_MS = 86_400_000;

/** Writes down what a purchase brought and what went back: credits in the ledger, money among the charges, both in the audit log. */
@Injectable()
export class PurchaseBooks {
  constructor(
    private readonly sales: Sales,
    private readonly charges: Charges,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /** @returns the id of the grant */
  async grant(em: EntityManager, tenantId: string, { id, creditsMilli, priceMicros, paidMicros, source }: Purchase, invoiceId: string | null): Promise<string> {
    await this.audit.record(em, systemCtx(tenantId, 'payments'), {
      action: 'credits.purchased',
      target: typeId('pur', id),
      after: { credits: formatCredits(creditsMilli), source },
    });
    const reason = `${formatCredits(creditsMilli)} credits, ${source === 'top_up' ? 'topped up automatically' : 'bought'}`;
    const grantId = await this.sales.sell(em, tenantId, { grantId: newId(), amountMilli: creditsMilli, reason, key: `purchase/${id}`, by: NOBODY });
    await this.charges.record(
      em,
      tenantId,
      { ...this.today(), invoiceId, category: 'purchase', amountMicros: paidMicros, listMicros: priceMicros, grantId, description: reason },
      `purchase/${id}`,
    );
    return grantId;
  }

  /** The money to the cent, the credits in proportion. */
  async takeBack(em: EntityManager, tenantId: string, { id, grantId, owedMilli, creditsMilli, backMicros }: Purchase, was: Purchase): Promise<void> {
    const isTaken = backMicros > was.backMicros;
    await this.audit.record(em, systemCtx(tenantId, 'payments'), {
      action: isTaken ? 'credits.clawed_back' : 'credits.given_back',
      target: typeId('pur', id),
      before: { owed: formatCredits(was.owedMilli) },
      after: { owed: formatCredits(owedMilli) },
    });
    const reason = isTaken ? 'the payment went back' : 'the payment came back';
    const amountMicros = was.backMicros - backMicros;
    const description = `${formatCredits(creditsMilli)} credits: ${reason}`;
    const charge = { ...this.today(), category: 'adjustment', amountMicros, grantId: null, refundOf: grantId!, description } as const;
    await this.charges.record(em, tenantId, charge, `purchase/${id}/${newId()}`);
    await this.sales.clawback(em, tenantId, grantId!, owedMilli, reason);
  }

  private today() {
    const periodStart = this.clock.now();
    const periodEnd = new Date(periodStart.getTime() + DAY_MS);
    return { listMicros: null, creditsMilli: null, invoiceId: null, periodStart, periodEnd, recurring: false, correction: false };
  }
}
