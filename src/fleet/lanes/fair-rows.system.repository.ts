import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import { flowKey, type Turns } from './fair-order.js';

interface FlowId {
  tierWeight: number;
  tenantId: string;
}

/** Locks the pool's virtual time: one promotion of a pool at a time, whatever the lane. The tenants' tags are read when it is known whose are needed. */
export async function lockTurns(em: EntityManager, poolId: string): Promise<Turns> {
  const [row] = await rows<{ v: number }>(em, 'INSERT INTO fair_pool AS p (pool_id) VALUES ($1) ON CONFLICT (pool_id) DO UPDATE SET v = p.v RETURNING v', [
    poolId,
  ]);
  return { v: row!.v, tiers: new Map(), tenants: new Map() };
}

/** Reads the tags of the tiers, and of these tenants. */
export async function readTags(em: EntityManager, poolId: string, turns: Turns, flows: readonly FlowId[]): Promise<void> {
  const found = await rows<{ tierWeight: number; tenantId: string | null; f: number; v: number | null }>(
    em,
    `SELECT tier_weight AS "tierWeight", NULL::uuid AS "tenantId", f, v FROM fair_tier WHERE pool_id = $1
     UNION ALL
     SELECT tier_weight, tenant_id, f, NULL FROM fair_tenant WHERE pool_id = $1 AND tenant_id = ANY($2::uuid[])`,
    [poolId, [...new Set(flows.map((flow) => flow.tenantId))]],
  );
  for (const row of found) {
    if (row.tenantId === null) turns.tiers.set(row.tierWeight, { f: row.f, v: row.v! });
    else turns.tenants.set(flowKey({ tierWeight: row.tierWeight, tenantId: row.tenantId }), row.f);
  }
}

export async function writeTurns(em: EntityManager, poolId: string, turns: Turns, served: readonly FlowId[]): Promise<void> {
  const tiers = [...turns.tiers].map(([tierWeight, { f, v }]) => ({ tierWeight, f, v }));
  const tenants = [...new Map(served.map((flow) => [flowKey(flow), flow])).values()].map(({ tierWeight, tenantId }) => ({
    tierWeight,
    tenantId,
    f: turns.tenants.get(flowKey({ tierWeight, tenantId })) ?? 0,
  }));
  await rows(
    em,
    `WITH p AS (UPDATE fair_pool SET v = $2 WHERE pool_id = $1),
     t AS (
       INSERT INTO fair_tier (pool_id, tier_weight, f, v) SELECT $1, "tierWeight", f, v FROM jsonb_to_recordset($3::jsonb) AS r("tierWeight" int, f float8, v float8)
       ON CONFLICT (pool_id, tier_weight) DO UPDATE SET f = excluded.f, v = excluded.v)
     INSERT INTO fair_tenant (tenant_id, pool_id, tier_weight, f) SELECT "tenantId", $1, "tierWeight", f FROM jsonb_to_recordset($4::jsonb) AS r("tenantId" uuid, "tierWeight" int, f float8)
     ON CONFLICT (tenant_id, pool_id, tier_weight) DO UPDATE SET f = excluded.f`,
    [poolId, turns.v, JSON.stringify(tiers), JSON.stringify(tenants)],
  );
}

/** Rows that say no more than their absence: tenants whose finish tag virtual time has passed. */
export async function forgetIdleTenants(em: EntityManager): Promise<void> {
  await rows(em, 'DELETE FROM fair_tenant t USING fair_tier r WHERE r.pool_id = t.pool_id AND r.tier_weight = t.tier_weight AND t.f <= r.v');
}
