import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { typeId } from '../../platform/ids/index.js';
import { formatCredits, parseCredits } from '../plans/index.js';
import { BillingAccounts } from './billing-accounts.service.js';
import { noCardYet } from './stripe.errors.js';
import { checkTopUp, NO_TOP_UP, type TopUp, type TopUpTerms } from './top-up.js';
import type { TopUpBody, TopUpResponse } from './top-up.dto.js';
import { TopUpPayments } from './top-up-payments.service.js';
import { TopUpsRepository } from './top-ups.repository.js';

/** When credits are bought automatically, as the tenant wants it. */
@Injectable()
export class TopUps {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: TopUpsRepository,
    private readonly accounts: BillingAccounts,
    private readonly payments: TopUpPayments,
    private readonly audit: Audit,
  ) {}

  async get(ctx: { tenantId: string }): Promise<TopUpResponse> {
    return toResponse((await this.tx.run(ctx, (em) => this.repository.find(em, ctx.tenantId))) ?? NO_TOP_UP);
  }

  /** @throws 422 with every fault, 409 `no_card`, `billing_off` */
  async set(ctx: Ctx, body: TopUpBody): Promise<TopUpResponse> {
    const { enabled, pack, coolDownMinutes } = body;
    const terms: TopUpTerms = { enabled, pack, coolDownMinutes, thresholdMilli: parseCredits(body.threshold), dayMaxMicros: BigInt(body.dayMaxMicros) };
    checkTopUp(terms);
    const customer = await this.accounts.payingCustomerOf(ctx.tenantId);
    if (enabled && !(customer && (await this.payments.cardOf(customer)))) throw noCardYet();
    await this.tx.run(ctx, async (em) => {
      const before = await this.repository.find(em, ctx.tenantId, true);
      await this.repository.set(em, ctx.tenantId, terms, actorId(ctx));
      const target = typeId('tnt', ctx.tenantId);
      await this.audit.record(em, ctx, { action: 'top_up.set', target, before: before ? { ...toResponse(before) } : undefined, after: { ...body } });
    });
    return this.get(ctx);
  }
}

const toResponse = (topUp: TopUp): TopUpResponse => ({
  enabled: topUp.enabled,
  threshold: formatCredits(topUp.thresholdMilli),
  pack: topUp.pack,
  dayMaxMicros: String(topUp.dayMaxMicros),
  coolDownMinutes: topUp.coolDownMinutes,
  declines: topUp.declines,
  notBefore: topUp.notBefore?.toISOString() ?? null,
  stoppedBecause: topUp.stoppedBecause,
});
