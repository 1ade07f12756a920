import type { PoolClient } from 'pg';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import { ON_BOX } from './task-state.js';

const DUE = `state = 'ready' AND not_before IS NULL`;
const ACTIVE = `('queued', 'leased', 'running', 'stopping')`;
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
  /** Jobs of the tenant that hold a ticket or a box. */
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
     active AS (SELECT tenant_id, array_agg(DISTINCT job_id) AS jobs FROM task WHERE state IN ${ACTIVE} GROUP BY tenant_id),
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

/** Gives the picked tasks their ticket number. Those that are no longer ready are left out of the answer. */
export async function queue(em: EntityManager, picks: readonly Pick[]): Promise<{ id: string; attempt: number }[]> {
  return rows(
    em,
    `WITH pick AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS p(id uuid, "tierTag" float8, tag float8, cost float8)),
     held AS (SELECT task.id FROM task WHERE id = ANY($2::uuid[]) AND ${DUE} ORDER BY id FOR UPDATE)
     UPDATE task SET state = 'queued', attempt = attempt + 1, tier_tag = pick."tierTag", tag = pick.tag, fair_cost = pick.cost, queued_at = now()
     FROM held JOIN pick USING (id) WHERE task.id = held.id AND task.id = ANY($2) RETURNING task.id, task.attempt`,
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

export interface Ticket {
  laneId: string;
  taskId: string;
  attempt: number;
  /** Older than one lease, and a younger ticket of the lane is on a box: nobody holds it. */
  overtaken: boolean;
  old: boolean;
}

/** Tickets that nobody took for `minAgeMs`. A lane is a FIFO, so a ticket that a younger one overtook is lost. */
export async function findOldTickets(em: EntityManager, minAgeMs: number, leaseTtlMs: number): Promise<Ticket[]> {
  return rows<Ticket>(
    em,
    `SELECT lane_id AS "laneId", id AS "taskId", attempt, queued_at < now() - make_interval(secs => $2) AS old,
       queued_at < now() - make_interval(secs => $2) AND EXISTS (
         SELECT 1 FROM task younger WHERE younger.pool_id = task.pool_id AND younger.lane_id = task.lane_id AND younger.state = ANY($3) AND younger.queued_at > task.queued_at) AS overtaken
     FROM task WHERE state = 'queued' AND queued_at < now() - make_interval(secs => $1) ORDER BY lane_id, queued_at, id`,
    [minAgeMs / 1000, leaseTtlMs / 1000, ON_BOX],
  );
}

/** Takes tickets back: the tasks are ready again, at the front, with their share returned. */
export async function requeue(em: EntityManager, tickets: readonly { taskId: string; attempt: number }[]): Promise<void> {
  await rows(
    em,
    `WITH held AS (
       SELECT task.id, task.fair_cost AS charged FROM task JOIN jsonb_to_recordset($1::jsonb) AS t("taskId" uuid, attempt int) ON task.id = t."taskId" AND task.attempt = t.attempt
       WHERE task.id = ANY($2::uuid[]) AND task.state = 'queued' ORDER BY task.id FOR UPDATE OF task),
     back AS (
       UPDATE task SET state = 'ready', fair_cost = NULL FROM held WHERE task.id = held.id AND task.id = ANY($2) RETURNING tenant_id, pool_id, tier_weight, charged)
     INSERT INTO fair_correction (tenant_id, pool_id, tier_weight, delta) SELECT tenant_id, pool_id, tier_weight, -charged FROM back WHERE charged <> 0`,
    [JSON.stringify(tickets), tickets.map((ticket) => ticket.taskId)],
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

export interface TicketedLane {
  laneId: string;
  tierTag: number;
  vramMb: number;
  /** Largest charge of one task, in the unit of the tags. */
  unitCost: number;
  /** `engine:kind` of what waits there. */
  abilities: string[];
  weights: string[];
}

/** Lanes of a pool with tickets out: the oldest start tag, and what it takes to run what is there. */
export async function findTicketedLanes(em: EntityManager, poolId: string): Promise<TicketedLane[]> {
  return rows<TicketedLane>(
    em,
    `SELECT lane_id AS "laneId", min(tier_tag) AS "tierTag", max(vram_mb) AS "vramMb", coalesce(max(fair_cost), 0) AS "unitCost", array_agg(DISTINCT engine || ':' || kind) AS abilities,
            coalesce((SELECT array_agg(DISTINCT w->>'digest') FROM task t CROSS JOIN LATERAL jsonb_array_elements(t.weights) w WHERE t.pool_id = $1 AND t.lane_id = task.lane_id AND t.state = 'queued'), '{}') AS weights
     FROM task WHERE pool_id = $1 AND state = 'queued' GROUP BY lane_id`,
    [poolId],
  );
}

/** What is on a box, and the VRAM it has declared. */
export async function sumOnBox(em: EntityManager, boxId: string): Promise<{ tasks: number; vramMb: number }> {
  const [row] = await rows<{ tasks: number; vramMb: number }>(
    em,
    'SELECT count(*)::int AS tasks, coalesce(sum(vram_mb), 0)::int AS "vramMb" FROM task WHERE box_id = $1 AND state = ANY($2)',
    [boxId, ON_BOX],
  );
  return row!;
}
