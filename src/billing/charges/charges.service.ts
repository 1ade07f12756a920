import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Audit } from '../../accounts/audit/index.js';
import { Tenants } from '../../accounts/tenants/index.js';
import { Clock } from '../../platform/clock/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { newId, parseId, typeId } from '../../platform/ids/index.js';
import { formatCredits, parseCredits } from '../plans/index.js';
import { checkCharge, type Charge, type NewCharge } from './charge.js';
import type { ChargeBody, ChargeResponse } from './charges.dto.js';
import { grantNotToBuy } from './charges.errors.js';
import { ChargesRepository } from './charges.repository.js';

const DAY_MS = 86_400_000;

@Injectable()
export class Charges {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: ChargesRepository,
    private readonly tenants: Tenants,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  /**
   * Writes a charge in the caller's transaction of that tenant; the same key again writes nothing. @returns its id.
   * @throws 422; also when the grant is not the tenant's or was bought by another charge.
   */
  async record(em: EntityManager, tenantId: string, charge: NewCharge, key: string, by: string | null = null): Promise<string> {
    checkCharge(charge);
    const before = await this.repository.findId(em, key);
    if (before) return before;
    const creditsMilli = charge.grantId === null ? charge.creditsMilli : await this.repository.grantMilli(em, charge.grantId);
    if (charge.grantId !== null && creditsMilli === null) throw grantNotToBuy();
    const id = newId();
    const made = await this.repository.insert(em, tenantId, { ...charge, id, creditsMilli }, key, by);
    return made ? id : (await this.repository.findId(em, key))!;
  }

  /** What was invoiced outside: a contract, a bank transfer. @throws 404 for an unknown tenant, 422. */
  async recordFromOperator(ctx: Ctx, tenantId: string, body: ChargeBody, key: string = newId()): Promise<ChargeResponse> {
    await this.tenants.get({ tenantId });
    const charge = this.read(body);
    return this.tx.run({ tenantId }, async (em) => {
      const id = await this.record(em, tenantId, charge, `${actorId(ctx)}/${key}`, actorId(ctx));
      const answer = toResponse({ ...charge, id });
      await this.audit.record(em, { ...ctx, tenantId }, { action: 'charge.recorded', target: typeId('chg', id), after: { ...answer } });
      return answer;
    });
  }

  private read(body: ChargeBody): NewCharge {
    const periodStart = body.periodStart === undefined ? this.clock.now() : new Date(body.periodStart);
    return {
      category: body.category,
      amountMicros: BigInt(body.amountMicros),
      listMicros: body.listMicros === undefined ? null : BigInt(body.listMicros),
      creditsMilli: body.credits === undefined ? null : parseCredits(body.credits),
      grantId: body.grantId === undefined ? null : parseId('grt', body.grantId),
      description: body.description,
      invoiceId: body.invoiceId ?? null,
      periodStart,
      periodEnd: body.periodEnd === undefined ? new Date(periodStart.getTime() + DAY_MS) : new Date(body.periodEnd),
      recurring: body.recurring ?? false,
      correction: body.correction ?? false,
    };
  }
}

const toResponse = (charge: Charge): ChargeResponse => ({
  id: typeId('chg', charge.id),
  category: charge.category,
  amountMicros: String(charge.amountMicros),
  credits: charge.creditsMilli === null ? null : formatCredits(charge.creditsMilli),
  grantId: charge.grantId === null ? null : typeId('grt', charge.grantId),
  description: charge.description,
  invoiceId: charge.invoiceId,
  periodStart: charge.periodStart.toISOString(),
  periodEnd: charge.periodEnd.toISOString(),
  correction: charge.correction,
});
