import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { SystemTx, TenantTx } from '../../platform/database/index.js';
import { formatCredits, parseCredits } from './credits.js';
import { withCpu, type PlanVersion } from './plan.js';
import type { NewPlanBody, PlanListResponse, PlanVersionResponse } from './plans.dto.js';
import { inThePast } from './plans.errors.js';
import { PlansRepository } from './plans.repository.js';
import { PlansSystemRepository } from './plans.system.repository.js';

/** What the house offers. A plan is never edited: a change is its next version, and tenants keep theirs until they are given the new one. */
@Injectable()
export class PlanCatalogue {
  constructor(
    private readonly tx: TenantTx,
    private readonly system: SystemTx,
    private readonly repository: PlansRepository,
    private readonly systemRepository: PlansSystemRepository,
    private readonly audit: Audit,
  ) {}

  async list(ctx: Ctx): Promise<PlanListResponse> {
    const versions = await this.tx.run(ctx, (em) => this.repository.list(em));
    return { data: versions.map(toVersionResponse) };
  }

  /** @throws 422 `in_the_past`. */
  create(ctx: Ctx, body: NewPlanBody): Promise<PlanVersionResponse> {
    const plan = {
      plan: body.plan,
      name: body.name,
      priceMicrosPerMonth: body.priceMicrosPerMonth == null ? null : BigInt(body.priceMicrosPerMonth),
      seatPriceMicros: body.seatPriceMicros == null ? null : BigInt(body.seatPriceMicros),
      limits: { ...body.limits, gpuClasses: withCpu(body.limits.gpuClasses), creditsPerMonthMilli: String(parseCredits(body.creditsPerMonth)) },
    };
    const { offered = true } = body;
    const effectiveFrom = body.effectiveFrom === undefined ? null : new Date(body.effectiveFrom);
    return this.system.run('billing: new plan version', async (em) => {
      const made = await this.systemRepository.insert(em, { ...plan, offered, effectiveFrom, by: actorId(ctx) });
      if (!made) throw inThePast();
      const response = toVersionResponse({ ...plan, offered, ...made });
      await this.audit.record(em, ctx, { action: 'plan.created', target: `${plan.plan}/${made.version}`, after: response });
      return response;
    });
  }
}

export function toVersionResponse({
  plan,
  version,
  name,
  priceMicrosPerMonth,
  seatPriceMicros,
  limits,
  effectiveFrom,
  offered,
}: PlanVersion): PlanVersionResponse {
  const { creditsPerMonthMilli, ...rest } = limits;
  return {
    plan,
    version,
    name,
    priceMicrosPerMonth: priceMicrosPerMonth === null ? null : String(priceMicrosPerMonth),
    seatPriceMicros: seatPriceMicros === null ? null : String(seatPriceMicros),
    creditsPerMonth: formatCredits(BigInt(creditsPerMonthMilli)),
    limits: rest,
    effectiveFrom: effectiveFrom.toISOString(),
    offered,
  };
}
