import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import { RUNNING } from './backlog.system.repository.js';
import { ON_BOX } from './task-state.js';

const DUE = `state = 'ready' AND not_before IS NULL`;
const ACTIVE = `('queued', 'leased', 'running', 'stopping')`;
/** What waits or runs, read through the partial indexes: the tasks that ended outnumber these by far. */
const LIVING = `(SELECT * FROM task WHERE ${DUE} UNION ALL SELECT * FROM task WHERE state = 'ready' AND not_before IS NOT NULL UNION ALL SELECT * FROM task WHERE state IN ${ACTIVE}) living`;

export async function countOnBoxes(em: EntityManager): Promise<Map<string, number>> {
  const found = await rows<{ box_id: string; n: number }>(em, 'SELECT box_id, count(*)::int AS n FROM task WHERE state = ANY($1) GROUP BY box_id', [ON_BOX]);
  return new Map(found.map((row) => [row.box_id, row.n]));
}

export interface LaneLoad {
  laneId: string;
  poolId: string;
  ready: number;
  queued: number;
  running: number;
  /** Expected milliseconds of what waits. */
  waitingMs: number;
  /** Expected milliseconds left of what is on boxes. */
  runningMs: number;
  oldestWaitSeconds: number | null;
}

export async function findLaneLoads(em: EntityManager): Promise<LaneLoad[]> {
  return rows<LaneLoad>(
    em,
    `SELECT lane_id AS "laneId", pool_id AS "poolId", count(*) FILTER (WHERE state = 'ready')::int AS ready, count(*) FILTER (WHERE state = 'queued')::int AS queued,
       count(*) FILTER (WHERE state NOT IN ('ready', 'queued'))::int AS running,
       coalesce(sum(estimate_ms) FILTER (WHERE state IN ('ready', 'queued')), 0)::float8 AS "waitingMs",
       coalesce(sum(greatest(0, estimate_ms - extract(epoch FROM now() - leased_at) * 1000)) FILTER (WHERE state NOT IN ('ready', 'queued')), 0)::float8 AS "runningMs",
       extract(epoch FROM now() - min(ready_at) FILTER (WHERE state IN ('ready', 'queued')))::float8 AS "oldestWaitSeconds"
     FROM ${LIVING} GROUP BY lane_id, pool_id`,
  );
}

export async function countStates(em: EntityManager): Promise<Record<string, number>> {
  const found = await rows<{ state: string; n: number }>(
    em,
    `SELECT state, count(*)::int AS n FROM (SELECT state FROM ${LIVING} UNION ALL SELECT state FROM task WHERE state = 'blocked') all_living GROUP BY state`,
  );
  return Object.fromEntries(found.map((row) => [row.state, row.n]));
}

export interface WaitingTask {
  laneId: string;
  poolId: string;
  tenantId: string;
  tierWeight: number;
  state: string;
  waitReason: string | null;
  estimateMs: number;
  /** Ready tasks of the tenant in this lane that come first. */
  index: number;
  capped: boolean;
}

/** The next task of a job that has not begun, with what its place in the line depends on. */
export async function findNextWaiting(em: EntityManager, tenantId: string, jobId: string): Promise<WaitingTask | undefined> {
  const [row] = await rows<WaitingTask>(
    em,
    `SELECT t.lane_id AS "laneId", t.pool_id AS "poolId", t.tenant_id AS "tenantId", t.tier_weight AS "tierWeight", t.state, t.wait_reason AS "waitReason", t.estimate_ms AS "estimateMs",
       (SELECT count(*)::int FROM task o WHERE o.lane_id = t.lane_id AND o.state = 'ready' AND o.not_before IS NULL AND o.tier_weight = t.tier_weight AND o.tenant_id = t.tenant_id AND o.id < t.id) AS index,
       coalesce((SELECT count(DISTINCT job_id) >= t.running_cap AND NOT bool_or(job_id = t.job_id) FROM ${RUNNING} WHERE tenant_id = t.tenant_id), false) AS capped
     FROM task t WHERE t.tenant_id = $1 AND t.job_id = $2 AND t.state IN ('ready', 'queued') ORDER BY t.state, t.id LIMIT 1`,
    [tenantId, jobId],
  );
  return row;
}

export async function findBacklogOf(em: EntityManager, laneId: string): Promise<{ tierWeight: number; tenantId: string; ready: number }[]> {
  return rows(em, `SELECT tier_weight AS "tierWeight", tenant_id AS "tenantId", count(*)::int AS ready FROM task WHERE lane_id = $1 AND ${DUE} GROUP BY 1, 2`, [
    laneId,
  ]);
}
