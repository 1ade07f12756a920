import type { VramUse } from '@atelier/contracts';
import type { PoolClient } from 'pg';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import { ON_BOX } from './task-state.js';

const DUE = `state = 'ready' AND not_before IS NULL`;
const ACTIVE = `('queued', 'leased', 'running', 'stopping')`;
/** Tasks of jobs that run: with a ticket or on a box, and what begun jobs still have to do. */
export const RUNNING = `(SELECT tenant_id, job_id FROM task WHERE state IN ${ACTIVE} UNION ALL SELECT tenant_id, job_id FROM task WHERE begun AND state IN ('ready', 'blocked')) running`;
/** Of a task's weights, without addresses and passports. */
const FILES = `SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('digest', w->'digest', 'vramMb', w->'vramMb', 'maxParallelPerGpu', w->'maxParallelPerGpu'))), '[]') FROM jsonb_array_elements(task.weights) w`;
/** Planning the look at a lane takes three times as long as the look itself (4 against 1 ms): it is planned once per connection. */
async function preparedRows<T extends object>(em: EntityManager, name: string, text: string, values: unknown[]): Promise<T[]> {
  const client = (await em.queryRunner!.connect()) as PoolClient;
  return (await client.query<T>({ name, text, values })).rows;
}

export interface Correction {
  tenantId: string;
  tierWeight: number;
  delta: number;
}

/** One tenant's line in one tier of a lane. */
export interface ReadyLine {
  tierWeight: number;
  tenantId: string;
  /** Jobs of the tenant that run. */
  activeJobs: string[];
  /** At the running cap: only tasks of those jobs may go on, and `head` is not necessarily one. */
  capped: boolean;
  head: ReadyTask;
  /** The line goes on behind its head. */
  more: boolean;
}

/** What a promotion has to know of a lane. */
export interface LaneView {
  /** Tickets the lane may still get: free slots of the pool, and a few to spare, less those that are out. */
  room: number;
  /** Corrections of the pool, summed by tenant. They are taken: the caller folds them in within the same transaction. */
  corrections: Correction[];
  /** Lines that have a task to give; not looked for while there is no room. */
  lines: ReadyLine[];
}

/**
 * One look at a lane. Lines are found by jumping from tenant to tenant in the index: the cost grows with the tenants that wait, never with the backlog,
 * and there is none while the runway is full.
 */
export async function viewLane(em: EntityManager, poolId: string, laneId: string, runway: { liveSlots: number; spare: number }): Promise<LaneView> {
  const columns = 'id, tier_weight, tenant_id, job_id, estimate_ms, running_cap, tier_tag, tag';
  const head = `SELECT ${columns} FROM task WHERE lane_id = $2 AND ${DUE}`;
  const first = 'ORDER BY tier_weight, tenant_id, tag, id LIMIT 1';
  const [view] = await preparedRows<LaneView>(
    em,
    'view_lane',
    `WITH RECURSIVE runway AS (
       SELECT greatest(0, greatest(0, $3::int - (SELECT count(*) FROM task WHERE pool_id = $1 AND state IN ${ACTIVE} AND state <> 'queued'))
         + $4::int - (SELECT count(*) FROM task WHERE pool_id = $1 AND lane_id = $2 AND state = 'queued'))::int AS room),
     line AS (
       (${head} AND (SELECT room FROM runway) > 0 ${first})
       UNION ALL
       SELECT next.* FROM line CROSS JOIN LATERAL (${head} AND (tier_weight, tenant_id) > (line.tier_weight, line.tenant_id) ${first}) next),
     taken AS (DELETE FROM fair_correction WHERE pool_id = $1 RETURNING tenant_id, tier_weight, delta),
     correction AS (SELECT tenant_id AS "tenantId", tier_weight AS "tierWeight", sum(delta) AS delta FROM taken GROUP BY 1, 2),
     active AS (SELECT tenant_id, array_agg(DISTINCT job_id) AS jobs FROM ${RUNNING} GROUP BY tenant_id),
     known AS (SELECT line.*, coalesce(jobs, '{}') AS jobs, coalesce(cardinality(jobs), 0) >= running_cap IS TRUE AS capped FROM line LEFT JOIN active USING (tenant_id)),
     ready AS (
       SELECT tier_weight AS "tierWeight", tenant_id AS "tenantId", jobs AS "activeJobs", capped,
         jsonb_build_object('tierWeight', tier_weight, 'tenantId', tenant_id, 'id', id, 'jobId', job_id, 'estimateMs', estimate_ms, 'runningCap', running_cap, 'tierTag', tier_tag, 'tag', tag) AS head,
         EXISTS (SELECT 1 FROM task t WHERE t.lane_id = $2 AND t.tier_weight = known.tier_weight AND t.tenant_id = known.tenant_id AND ${DUE} OFFSET 1) AS more
       FROM known
       WHERE NOT capped OR EXISTS (SELECT 1 FROM task t WHERE t.tenant_id = known.tenant_id AND t.job_id = ANY(known.jobs) AND t.lane_id = $2 AND t.tier_weight = known.tier_weight AND ${DUE}))
     SELECT (SELECT room FROM runway) AS room,
       (SELECT coalesce(jsonb_agg(correction), '[]') FROM correction) AS corrections,
       (SELECT coalesce(jsonb_agg(ready), '[]') FROM ready) AS lines`,
    [poolId, laneId, runway.liveSlots, runway.spare],
  );
  return view!;
}

export interface ReadyTask {
  tierWeight: number;
  tenantId: string;
  id: string;
  jobId: string;
  estimateMs: number;
  runningCap: number | null;
  tierTag: number | null;
  tag: number | null;
}

/** The first `perLine` tasks of each of these lines, in order; of a capped line only those of its active jobs. */
export async function findTasksOf(em: EntityManager, laneId: string, lines: readonly ReadyLine[], perLine: number): Promise<ReadyTask[]> {
  const tasks = (condition: string): string =>
    `SELECT id, job_id, estimate_ms, running_cap, tier_tag, tag FROM task
     WHERE lane_id = $1 AND ${DUE} AND tier_weight = line."tierWeight" AND tenant_id = line."tenantId" AND ${condition} ORDER BY tag, id LIMIT $3`;
  return rows<ReadyTask>(
    em,
    `SELECT line."tierWeight", line."tenantId", head.id, head.job_id AS "jobId", head.estimate_ms AS "estimateMs", head.running_cap AS "runningCap", head.tier_tag AS "tierTag", head.tag
     FROM jsonb_to_recordset($2::jsonb) AS line("tierWeight" int, "tenantId" uuid, "activeJobs" uuid[], capped boolean)
     CROSS JOIN LATERAL ((${tasks('NOT line.capped')}) UNION ALL (${tasks('line.capped AND job_id = ANY(line."activeJobs")')})) head
     ORDER BY head.tag, head.id`,
    [laneId, JSON.stringify(lines), perLine],
  );
}

export interface Pick {
  id: string;
  tierTag: number;
  tag: number;
  cost: number;
}

/** Locks the running caps of these tenants until the transaction ends, whatever the pool, and tells which of their jobs run. */
export async function lockRunning(em: EntityManager, tenantIds: readonly string[]): Promise<Map<string, Set<string>>> {
  // A statement of its own: what the next one sees was committed before the lock was given.
  await rows(em, `SELECT pg_advisory_xact_lock(hashtextextended('running jobs ' || id, 0)) FROM unnest($1::text[]) AS t(id) ORDER BY id`, [tenantIds]);
  const found = await rows<{ tenant_id: string; jobs: string[] }>(
    em,
    `SELECT tenant_id, array_agg(DISTINCT job_id) AS jobs FROM ${RUNNING} WHERE tenant_id = ANY($1::uuid[]) GROUP BY tenant_id`,
    [tenantIds],
  );
  return new Map(tenantIds.map((id) => [id, new Set(found.find((row) => row.tenant_id === id)?.jobs)]));
}

/** Gives the picked tasks their ticket number, and marks the others of their jobs as begun. Those that are no longer ready are left out of the answer. */
export async function queue(em: EntityManager, picks: readonly Pick[]): Promise<{ id: string; attempt: number }[]> {
  return rows(
    em,
    `WITH pick AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS p(id uuid, "tierTag" float8, tag float8, cost float8)),
     rest AS (SELECT o.id FROM task o WHERE (o.tenant_id, o.job_id) IN (SELECT tenant_id, job_id FROM task WHERE id = ANY($2::uuid[])) AND o.state IN ('ready', 'blocked') AND NOT o.begun),
     held AS (SELECT task.id, ${DUE} AS due FROM task WHERE id = ANY($2::uuid[] || array(SELECT id FROM rest)) AND state IN ('ready', 'blocked') ORDER BY id FOR UPDATE),
     marked AS (UPDATE task SET begun = true FROM held WHERE task.id = held.id AND task.id <> ALL($2))
     UPDATE task SET begun = true, state = 'queued', attempt = attempt + 1, tier_tag = pick."tierTag", tag = pick.tag, fair_cost = pick.cost, queued_at = now()
     FROM held JOIN pick USING (id) WHERE task.id = held.id AND held.due AND task.id = ANY($2) RETURNING task.id, task.attempt`,
    [JSON.stringify(picks), picks.map((pick) => pick.id)],
  );
}

export async function findLanesWithReady(em: EntityManager): Promise<string[]> {
  const found = await rows<{ lane_id: string }>(
    em,
    `WITH RECURSIVE l AS (
       (SELECT lane_id FROM task WHERE ${DUE} ORDER BY lane_id LIMIT 1)
       UNION ALL
       SELECT next.lane_id FROM l CROSS JOIN LATERAL (SELECT lane_id FROM task WHERE ${DUE} AND lane_id > l.lane_id ORDER BY lane_id LIMIT 1) next)
     SELECT lane_id FROM l`,
  );
  return found.map((row) => row.lane_id);
}

/** Tickets that nobody took for `minAgeMs`. */
export async function findOldTickets(em: EntityManager, minAgeMs: number): Promise<{ laneId: string; taskId: string; attempt: number }[]> {
  return rows(
    em,
    `SELECT lane_id AS "laneId", id AS "taskId", attempt FROM task WHERE state = 'queued' AND queued_at < now() - make_interval(secs => $1) ORDER BY lane_id, queued_at, id`,
    [minAgeMs / 1000],
  );
}

/** Ends pauses that are over; returns the lanes that got ready rows. */
export async function endPauses(em: EntityManager): Promise<string[]> {
  const moved = await rows<{ lane_id: string }>(
    em,
    `WITH due AS (SELECT id FROM task WHERE state = 'ready' AND not_before <= now() ORDER BY id FOR UPDATE SKIP LOCKED)
     UPDATE task SET not_before = NULL FROM due WHERE task.id = due.id RETURNING lane_id`,
  );
  return [...new Set(moved.map((row) => row.lane_id))];
}

/** A task with a ticket out, as far as a box has to know it to choose. */
export interface QueuedTask extends VramUse {
  taskId: string;
  attempt: number;
  laneId: string;
  /** `engine:kind`. */
  ability: string;
  /** Its turn: start tag and weight of its tier, start tag of its tenant, and what it was charged, in the unit of the tags. */
  tierTag: number;
  tierWeight: number;
  tag: number;
  cost: number;
  weights: readonly { digest: string; vramMb: number; maxParallelPerGpu?: number }[];
}

/** Those of a pool that a box may look at, the oldest turns first. */
export async function findQueued(em: EntityManager, poolId: string, abilities: readonly string[], limit: number): Promise<QueuedTask[]> {
  return rows<QueuedTask>(
    em,
    `SELECT id AS "taskId", attempt, lane_id AS "laneId", engine || ':' || kind AS ability, tier_tag AS "tierTag", tier_weight AS "tierWeight", tag, coalesce(fair_cost, 0) AS cost,
       vram_mb AS "vramMb", (${FILES}) AS weights
     FROM task WHERE pool_id = $1 AND state = 'queued' AND engine || ':' || kind = ANY($2) ORDER BY tier_tag LIMIT $3`,
    [poolId, abilities, limit],
  );
}

/** What is on a box. */
export async function findOnBox(em: EntityManager, boxId: string): Promise<VramUse[]> {
  return rows<VramUse>(em, `SELECT vram_mb AS "vramMb", (${FILES}) AS weights FROM task WHERE box_id = $1 AND state = ANY($2)`, [boxId, ON_BOX]);
}
