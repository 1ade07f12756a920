import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { decodeCursor, encodeCursor, page, type PageQuery } from '../../platform/http/index.js';
import { isTypeId, parseId, typeId } from '../../platform/ids/index.js';
import { formatCredits, Plans, toVersionResponse } from '../plans/index.js';
import { BillingAccounts } from './billing-accounts.service.js';
import type { Invoice } from './invoice.js';
import { InvoicesRepository } from './invoices.repository.js';
import { PACKS, type Pack } from './packs.js';
import type { Purchase } from './purchase.js';
import { Purchases } from './purchases.service.js';
import type { InvoicePage, InvoiceResponse, OffersResponse, PackResponse, PurchasePage, PurchaseResponse } from './stripe.dto.js';
import { StripeClient } from './stripe-client.service.js';

/** What the pages about money read. */
@Injectable()
export class BillingDesk {
  constructor(
    private readonly tx: TenantTx,
    private readonly plans: Plans,
    private readonly accounts: BillingAccounts,
    private readonly purchases: Purchases,
    private readonly invoiceRows: InvoicesRepository,
    private readonly client: StripeClient,
  ) {}

  async offers(ctx: Ctx): Promise<OffersResponse> {
    const offered = (await this.plans.offered(ctx)).toSorted((a, b) => a.limits.weight - b.limits.weight);
    return {
      billing: this.client.on,
      trial: this.client.on && !(await this.accounts.trialUsed(ctx.tenantId)),
      plans: offered.map((version) => ({ ...toVersionResponse(version), seats: version.limits.seats })),
      packs: Object.values(PACKS).map(toPackResponse),
    };
  }

  async listPurchases(ctx: Ctx, { limit, cursor }: PageQuery): Promise<PurchasePage> {
    const before = cursor === undefined ? null : decodeCursor(cursor).id;
    const found = await this.purchases.list(ctx, limit + 1, isTypeId('pur', before) ? parseId('pur', before) : null);
    const listed = page(found, limit, (last) => encodeCursor(last.madeAt.toISOString(), typeId('pur', last.id)));
    return { ...listed, data: listed.data.map(toPurchaseResponse) };
  }

  async listInvoices(ctx: Ctx, { limit, cursor }: PageQuery): Promise<InvoicePage> {
    const at = cursor === undefined ? null : decodeCursor(cursor);
    const before = at && isTypeId('inv', at.id) ? { at: at.at, id: parseId('inv', at.id) } : null;
    const found = await this.tx.run(ctx, (em) => this.invoiceRows.list(em, ctx.tenantId, limit + 1, before));
    const listed = page(found, limit, (last) => encodeCursor(last.issuedAt.toISOString(), typeId('inv', last.id)));
    return { ...listed, data: listed.data.map((invoice) => toInvoiceResponse(invoice, maySeeLinks(ctx))) };
  }
}

const toPackResponse = ({ id, creditsMilli, priceMicros }: Pack): PackResponse => ({
  id,
  credits: formatCredits(creditsMilli),
  priceMicros: String(priceMicros),
});

export const toPurchaseResponse = (purchase: Purchase): PurchaseResponse => ({
  id: typeId('pur', purchase.id),
  source: purchase.source,
  credits: formatCredits(purchase.creditsMilli),
  priceMicros: String(purchase.priceMicros),
  state: purchase.state,
  grantId: purchase.grantId && typeId('grt', purchase.grantId),
  returned: formatCredits(purchase.owedMilli),
  receivable: formatCredits(purchase.receivableMilli),
  failure: purchase.failure,
  createdAt: purchase.madeAt.toISOString(),
});

/** Whoever has such a link sees names and addresses without signing in: for those who pay and those who audit. */
const maySeeLinks = ({ permissions }: Ctx): boolean => permissions.has('billing:write') || permissions.has('audit:read');

const toInvoiceResponse = (invoice: Invoice, withLinks: boolean): InvoiceResponse => ({
  id: typeId('inv', invoice.id),
  number: invoice.number,
  status: invoice.status,
  currency: invoice.currency,
  totalMicros: String(invoice.totalMicros),
  taxMicros: String(invoice.taxMicros),
  paidMicros: String(invoice.paidMicros),
  issuedAt: invoice.issuedAt.toISOString(),
  periodStartsAt: invoice.periodStartsAt.toISOString(),
  periodEndsAt: invoice.periodEndsAt.toISOString(),
  pageUrl: withLinks ? invoice.pageUrl : null,
  fileUrl: withLinks ? invoice.fileUrl : null,
});
