import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { PlanVersion } from './plan.js';

export type NewPlanVersion = Omit<PlanVersion, 'version' | 'effectiveFrom'> & { effectiveFrom: Date | null; by: string };

/** Plans are the same for all tenants: only system work writes them. */
@Injectable()
export class PlansSystemRepository {
  /** Numbers are given one by one under the table's lock. Returns null when `effectiveFrom` has passed by the database's clock. */
  async insert(em: EntityManager, plan: NewPlanVersion): Promise<{ version: number; effectiveFrom: Date } | null> {
    const { creditsPerMonthMilli, ...limits } = plan.limits;
    await rows(em, 'LOCK TABLE plan_version IN SHARE ROW EXCLUSIVE MODE');
    const [row] = await rows<{ version: number; effective_from: Date }>(
      em,
      `INSERT INTO plan_version (plan, version, name, price_micros_per_month, credits_per_month_milli, limits, effective_from, created_by, seat_price_micros, offered)
       SELECT $1, (SELECT coalesce(max(version), 0) + 1 FROM plan_version WHERE plan = $1), $2, $3, $4, $5, coalesce($6::timestamptz, now()), $7, $8, $9
       WHERE $6::timestamptz IS NULL OR $6::timestamptz >= now() RETURNING version, effective_from`,
      [
        plan.plan,
        plan.name,
        plan.priceMicrosPerMonth,
        creditsPerMonthMilli,
        JSON.stringify(limits),
        plan.effectiveFrom,
        plan.by,
        plan.seatPriceMicros,
        plan.offered,
      ],
    );
    return row ? { version: row.version, effectiveFrom: row.effective_from } : null;
  }
}
