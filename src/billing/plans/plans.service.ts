import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Audit } from '../../accounts/audit/index.js';
import { Tenants, type Entitlements, type EntitlementView, type Need } from '../../accounts/tenants/index.js';
import { actorId, systemCtx, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import type { DomainError } from '../../platform/errors/index.js';
import { typeId } from '../../platform/ids/index.js';
import type { LimitSource, RateLimits } from '../../platform/limits/index.js';
import { BalanceNews } from './balance-news.service.js';
import { covers } from './entitlement.js';
import { Fresh } from './fresh.service.js';
import type { PlanVersion, PlanView, SubscribedPlan } from './plan.js';
import { toVersionResponse } from './plan-catalogue.service.js';
import type { SetPlanBody, TenantPlanResponse } from './plans.dto.js';
import { planRequired, planUnknown } from './plans.errors.js';
import { PlansRepository } from './plans.repository.js';

/** What a tenant's plan allows. Answers may be up to 5 s old; the ledger reads the plan itself, in its own transaction. */
@Injectable()
export class Plans implements LimitSource, Entitlements {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: PlansRepository,
    private readonly tenants: Tenants,
    private readonly audit: Audit,
    private readonly news: BalanceNews,
    private readonly fresh: Fresh,
  ) {}

  /** The plan of the context's tenant; Free for one that was never given any. */
  of(ctx: { tenantId: string }): Promise<PlanView> {
    return this.fresh.get(`plan:${ctx.tenantId}`, () => this.tx.run(ctx, (em) => this.repository.ofTenant(em, ctx.tenantId)));
  }

  /** The same, read in the caller's transaction. */
  ofTenant(em: EntityManager, tenantId: string): Promise<PlanView> {
    return this.repository.ofTenant(em, tenantId);
  }

  /** Name of the smallest plan on offer that has what is needed; null when none has. */
  private async smallestThatCovers(ctx: { tenantId: string }, need: Need): Promise<string | null> {
    return (await this.offered(ctx)).toSorted((a, b) => a.limits.weight - b.limits.weight).find(({ limits }) => covers(limits, need))?.name ?? null;
  }

  /** The newest version of each plan that may be had now. */
  offered(ctx: { tenantId: string }): Promise<PlanVersion[]> {
    return this.fresh.get('plans:offered', () => this.tx.run(ctx, (em) => this.repository.inEffect(em)));
  }

  /** One version of a plan, also one that is offered no more. @throws 422 `plan_unknown` */
  async version(ctx: { tenantId: string }, plan: string, version: number): Promise<PlanVersion> {
    const found = (await this.tx.run(ctx, (em) => this.repository.list(em))).find((one) => one.plan === plan && one.version === version);
    if (!found) throw planUnknown(plan, []);
    return found;
  }

  /** Port of platform/limits: how often the tenant may call. */
  async limits(ctx: Ctx): Promise<RateLimits> {
    const { apiPerMinute, generationsPerHour, uploadsPerHour } = (await this.of(ctx)).limits;
    return { apiPerMinute, generationsPerHour, uploadsPerHour };
  }

  /** Port of accounts/tenants: what the tenant may have. */
  async get(ctx: Ctx): Promise<EntitlementView> {
    const { plan, limits } = await this.of(ctx);
    return { plan, apiKeys: limits.apiKeys, seats: limits.seats, sso: limits.sso };
  }

  async require(ctx: { tenantId: string }, need: Need): Promise<void> {
    const plan = await this.of(ctx);
    if (!covers(plan.limits, need)) throw planRequired(need, plan, await this.smallestThatCovers(ctx, need));
  }

  /** The refusal of what the ledger found to be used up, with the plan that has more. */
  async refusal(ctx: { tenantId: string }, need: Need): Promise<DomainError> {
    return planRequired(need, await this.of(ctx), await this.smallestThatCovers(ctx, need));
  }

  async describe(ctx: { tenantId: string }): Promise<TenantPlanResponse> {
    const view = await this.of(ctx);
    return {
      ...toVersionResponse(view),
      period: { startsAt: view.periodStartsAt.toISOString(), endsAt: view.periodEndsAt.toISOString() },
      creditMicros: String(view.creditMicros),
    };
  }

  /**
   * Gives a tenant the newest version of a plan that is offered, or the one that is named. In one transaction: the credits of the old period end, a new period begins now with its own,
   * the change is in the tenant's audit log. Giving the version that the tenant has changes nothing.
   * @throws 404 for an unknown tenant, 422 `plan_unknown`.
   */
  async setPlan(ctx: Ctx, tenantId: string, plan: string, version?: number): Promise<void> {
    await this.tenants.get({ tenantId });
    await this.tx.run({ tenantId }, async (em) => {
      const offered = await this.repository.inEffect(em);
      const next = version === undefined ? offered.find((one) => one.plan === plan) : await this.repository.versionInEffect(em, plan, version);
      if (!next)
        throw planUnknown(
          version === undefined ? plan : `${plan}, version ${version}`,
          offered.map((one) => one.plan),
        );
      const before = await this.repository.ofTenant(em, tenantId);
      if (!(await this.repository.change(em, tenantId, next, actorId(ctx)))) return;
      const named = ({ plan, version }: { plan: string; version: number }): object => ({ plan, version });
      await this.audit.record(
        em,
        { ...ctx, tenantId },
        { action: 'tenant.plan_set', target: typeId('tnt', tenantId), before: named(before), after: named(next) },
      );
      await this.news.changed(em, tenantId);
      this.fresh.changed(`plan:${tenantId}`);
    });
  }

  /**
   * In the caller's transaction, as its last step: the tenant has what its subscription pays for, its months counted from the subscription's
   * anchor; null gives Free, counted from registration, unless an operator gave the plan. What is so already changes nothing, so it may be said any
   * number of times.
   */
  async subscribed(em: EntityManager, tenantId: string, bought: SubscribedPlan | null): Promise<void> {
    const before = await this.repository.ofTenant(em, tenantId);
    if (!bought && (before.plan === 'free' || (await this.repository.isByOperator(em, tenantId)))) return;
    const next = bought ?? (await this.free(em, tenantId));
    const changed = await this.repository.subscribe(em, tenantId, next);
    const moved = await this.repository.coverMonth(em, tenantId, next.paid);
    if (changed) await this.recordSubscribed(em, tenantId, before, next);
    if (changed || moved) await this.news.changed(em, tenantId);
  }

  private async recordSubscribed(em: EntityManager, tenantId: string, before: PlanView, next: SubscribedPlan): Promise<void> {
    const named = ({ plan, version, seatsExtra }: { plan: string; version: number; seatsExtra: number }): object => ({ plan, version, seatsExtra });
    await this.audit.record(em, systemCtx(tenantId, 'payments'), {
      action: 'tenant.plan_set',
      target: typeId('tnt', tenantId),
      before: named(before),
      after: { ...named(next), endsAt: next.endsAt?.toISOString() ?? null },
    });
    this.fresh.changed(`plan:${tenantId}`);
  }

  private async free(em: EntityManager, tenantId: string): Promise<SubscribedPlan> {
    const free = (await this.repository.inEffect(em)).find(({ plan }) => plan === 'free')!;
    return { plan: 'free', version: free.version, seatsExtra: 0, anchor: await this.repository.registeredAt(em, tenantId), endsAt: null, paid: true };
  }

  private async setCreditValue(ctx: Ctx, tenantId: string, creditMicros: string | null): Promise<void> {
    await this.tx.run({ tenantId }, async (em) => {
      await this.repository.setCreditValue(em, tenantId, creditMicros === null ? null : BigInt(creditMicros));
      await this.audit.record(em, { ...ctx, tenantId }, { action: 'tenant.credit_value_set', target: typeId('tnt', tenantId), after: { creditMicros } });
      this.fresh.changed(`plan:${tenantId}`);
    });
  }

  async assign(ctx: Ctx, tenantId: string, { plan, version, creditMicros }: SetPlanBody): Promise<TenantPlanResponse> {
    await this.setPlan(ctx, tenantId, plan, version);
    if (creditMicros !== undefined) await this.setCreditValue(ctx, tenantId, creditMicros);
    return this.describe({ tenantId });
  }
}
