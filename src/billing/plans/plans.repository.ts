import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import { LIST_CREDIT_MICROS } from './credits.js';
import { withCpu, type PlanLimits, type PlanVersion, type PlanView, type SubscribedPlan } from './plan.js';

interface PlanRow {
  plan: string;
  version: number;
  name: string;
  price_micros_per_month: string | null;
  seat_price_micros: string | null;
  credits_per_month_milli: string;
  limits: Omit<PlanLimits, 'creditsPerMonthMilli'>;
  effective_from: Date;
  offered: boolean;
}
interface TenantPlanRow extends PlanRow {
  seats_extra: number;
  credit_micros: string;
  starts_at: Date;
  ends_at: Date;
}

const COLUMNS = 'v.plan, v.version, v.name, v.price_micros_per_month, v.seat_price_micros, v.credits_per_month_milli, v.limits, v.effective_from, v.offered';

const toVersion = (row: PlanRow): PlanVersion => ({
  plan: row.plan,
  version: row.version,
  name: row.name,
  priceMicrosPerMonth: row.price_micros_per_month === null ? null : BigInt(row.price_micros_per_month),
  seatPriceMicros: row.seat_price_micros === null ? null : BigInt(row.seat_price_micros),
  limits: { ...row.limits, gpuClasses: withCpu(row.limits.gpuClasses), creditsPerMonthMilli: row.credits_per_month_milli },
  effectiveFrom: row.effective_from,
  offered: row.offered,
});

@Injectable()
export class PlansRepository {
  async ofTenant(em: EntityManager, tenantId: string): Promise<PlanView> {
    const [row] = await rows<TenantPlanRow>(
      em,
      `SELECT ${COLUMNS}, period.starts_at, period.ends_at, coalesce(t.seats_extra, 0) AS seats_extra, coalesce(t.credit_micros, $2) AS credit_micros
       FROM plan_of($1) AS o JOIN plan_version v ON v.plan = o.plan AND v.version = o.version LEFT JOIN tenant_plan t ON t.tenant_id = $1
       CROSS JOIN LATERAL plan_period(o.period_anchor, now()) AS period`,
      [tenantId, LIST_CREDIT_MICROS],
    );
    const version = toVersion(row!);
    const { seats } = version.limits;
    const limits = { ...version.limits, seats: seats === null ? null : seats + row!.seats_extra };
    return {
      ...version,
      limits,
      seatsExtra: row!.seats_extra,
      creditMicros: BigInt(row!.credit_micros),
      periodStartsAt: row!.starts_at,
      periodEndsAt: row!.ends_at,
    };
  }

  /** Every version, the newest of each plan first. */
  async list(em: EntityManager): Promise<PlanVersion[]> {
    return (await rows<PlanRow>(em, `SELECT ${COLUMNS} FROM plan_version v ORDER BY min(v.created_at) OVER (PARTITION BY v.plan), v.plan, v.version DESC`)).map(
      toVersion,
    );
  }

  /** The newest version of each plan that anybody may have now. */
  async inEffect(em: EntityManager): Promise<PlanVersion[]> {
    return (
      await rows<PlanRow>(
        em,
        `SELECT DISTINCT ON (v.plan) ${COLUMNS} FROM plan_version v WHERE v.effective_from <= now() AND v.offered ORDER BY v.plan, v.version DESC`,
      )
    ).map(toVersion);
  }

  /** A version that may be given to tenants now, offered or not. */
  async versionInEffect(em: EntityManager, plan: string, version: number): Promise<PlanVersion | null> {
    const sql = `SELECT ${COLUMNS} FROM plan_version v WHERE v.plan = $1 AND v.version = $2 AND v.effective_from <= now()`;
    const [row] = await rows<PlanRow>(em, sql, [plan, version]);
    return row ? toVersion(row) : null;
  }

  /** From which Free is counted: the instant in the tenant's id, as for tenants that were never given a plan. Else one month could be had twice. */
  async registeredAt(em: EntityManager, tenantId: string): Promise<Date> {
    const [row] = await rows<{ at: Date }>(em, 'SELECT least(coalesce(instant_of($1), now()), now()) AS at', [tenantId]);
    return row!.at;
  }

  /** The same for a plan that is paid for by subscription. False: all of it was so. */
  async subscribe(em: EntityManager, tenantId: string, { plan, version, anchor, seatsExtra, endsAt }: SubscribedPlan): Promise<boolean> {
    const given = [tenantId, plan, version, anchor, seatsExtra, endsAt];
    const [row] = await rows<{ changed: boolean }>(em, 'SELECT ledger_subscribe($1, $2, $3, $4, $5, $6) AS changed', given);
    return row!.changed;
  }

  /** Locks the wallet, so that it stays true. */
  async isByOperator(em: EntityManager, tenantId: string): Promise<boolean> {
    await rows(em, 'SELECT FROM wallet WHERE tenant_id = $1 FOR UPDATE', [tenantId]);
    return (await rows(em, 'SELECT FROM tenant_plan WHERE tenant_id = $1 AND set_by IS NOT NULL', [tenantId])).length > 0;
  }

  /** null: the list value. */
  async setCreditValue(em: EntityManager, tenantId: string, micros: bigint | null): Promise<void> {
    await rows(em, 'SELECT ledger_ensure_account($1)', [tenantId]);
    await rows(em, 'UPDATE tenant_plan SET credit_micros = $2 WHERE tenant_id = $1', [tenantId, micros]);
  }

  /** Lets the credits of the present month wait for its payment, or come back with it. True when any moved. */
  async coverMonth(em: EntityManager, tenantId: string, paid: boolean): Promise<boolean> {
    const [row] = await rows<{ moved: boolean }>(em, 'SELECT ledger_cover_month($1, $2) AS moved', [tenantId, paid]);
    return row!.moved;
  }

  /** One function call: it ends the credits of the old period and grants those of the new one under the wallet's lock. False: the tenant had it. */
  async change(em: EntityManager, tenantId: string, plan: PlanVersion, by: string): Promise<boolean> {
    const [row] = await rows<{ changed: boolean }>(em, 'SELECT ledger_change_plan($1, $2, $3, $4) AS changed', [tenantId, plan.plan, plan.version, by]);
    return row!.changed;
  }
}
