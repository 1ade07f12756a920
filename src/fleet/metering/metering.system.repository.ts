import type { CapacityType, GpuClass } from '@atelier/contracts';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { ClosedTime, MeteredAttempt, Occupancy } from './box-time.js';
import type { AttemptEnd, AttemptRecord, MeteredBox, NewAttempt } from './metering.js';

const MS = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

export async function insertAttempts(em: EntityManager, box: MeteredBox, leaseRequest: string, attempts: readonly NewAttempt[]): Promise<void> {
  await rows(
    em,
    `INSERT INTO task_attempt (task_id, attempt, tenant_id, job_id, kind, units, box_id, pool_id, gpu_class, capacity, weight, of_tenant, lease_request, leased_at)
     SELECT "taskId", attempt, "tenantId", "jobId", kind, units, $2::uuid, $3::uuid, $4, $5, CASE WHEN $4 = 'CPU' THEN 1 ELSE greatest(1, "vramMb") END, "ofTenant", $6, now()
     FROM jsonb_to_recordset($1::jsonb) AS a("taskId" uuid, attempt int, "tenantId" uuid, "jobId" uuid, kind text, units float8, "vramMb" int, "ofTenant" boolean)`,
    [JSON.stringify(attempts), box.id, box.poolId, box.gpuClass, box.capacity, leaseRequest],
  );
}

const RECORD = 'task_id AS "taskId", attempt, tenant_id AS "tenantId", box_id AS "boxId", outcome, digest';

export async function findAttempt(em: EntityManager, taskId: string, attempt: number, boxId: string): Promise<AttemptRecord | undefined> {
  const [row] = await rows<AttemptRecord>(em, `SELECT ${RECORD} FROM task_attempt WHERE task_id = $1 AND attempt = $2 AND box_id = $3`, [
    taskId,
    attempt,
    boxId,
  ]);
  return row;
}

export async function findOpenUnder(em: EntityManager, boxId: string, leaseRequest: string): Promise<AttemptRecord[]> {
  return rows<AttemptRecord>(em, `SELECT ${RECORD} FROM task_attempt WHERE box_id = $1 AND lease_request = $2 AND ended_at IS NULL`, [boxId, leaseRequest]);
}

/** How many of the named attempts were leased to this box at any time. */
export async function countOfBox(em: EntityManager, boxId: string, attempts: readonly { taskId: string; attempt: number }[]): Promise<number> {
  const [row] = await rows<{ n: number }>(
    em,
    `SELECT count(*)::int AS n FROM jsonb_to_recordset($2::jsonb) AS b("taskId" uuid, attempt int)
     JOIN task_attempt a ON a.task_id = b."taskId" AND a.attempt = b.attempt AND a.box_id = $1`,
    [boxId, JSON.stringify(attempts)],
  );
  return row!.n;
}

export interface OpenAttempt {
  tenantId: string;
  jobId: string;
  boxId: string;
  poolId: string;
  gpuClass: GpuClass;
  capacity: CapacityType;
  weight: number;
  from: number;
  to: number;
  leasedAt: Date;
  endedAt: Date;
  others: Occupancy[];
}

/** Locks an open attempt and reads what shared the box with it; undefined when it was closed before. */
export async function lockOpenAttempt(em: EntityManager, end: AttemptEnd): Promise<OpenAttempt | undefined> {
  const [row] = await rows<OpenAttempt>(
    em,
    `WITH self AS (
       SELECT *, greatest(leased_at, least(coalesce($3::timestamptz, now()), now())) AS end_at
       FROM task_attempt WHERE task_id = $1 AND attempt = $2 AND ended_at IS NULL FOR UPDATE)
     SELECT tenant_id AS "tenantId", job_id AS "jobId", box_id AS "boxId", pool_id AS "poolId", gpu_class AS "gpuClass", capacity, weight,
            leased_at AS "leasedAt", end_at AS "endedAt", ${MS('leased_at')} AS "from", ${MS('end_at')} AS "to",
            (SELECT coalesce(jsonb_agg(jsonb_build_object('from', ${MS('o.leased_at')}, 'to', ${MS('o.ended_at')}, 'weight', o.weight)), '[]')
             FROM task_attempt o
             WHERE o.box_id = self.box_id AND (o.task_id, o.attempt) <> (self.task_id, self.attempt) AND o.leased_at < self.end_at
               AND (o.ended_at IS NULL OR o.ended_at > self.leased_at)) AS others
     FROM self`,
    [end.taskId, end.attempt, end.endedAt ?? null],
  );
  return row;
}

export interface ClosedAttempt {
  loadMs: number;
  workMs: number;
  wastedMs: number;
  sharePpm: number;
}

/** Closes the attempt and adds its time to the book of its box. */
export async function closeAttempt(em: EntityManager, end: AttemptEnd, open: OpenAttempt, closed: ClosedAttempt, time: ClosedTime): Promise<void> {
  await rows(
    em,
    `WITH closed AS (
       UPDATE task_attempt SET ended_at = greatest(leased_at, $3), outcome = $4, error_class = $5, error_code = $6, digest = $7, load_ms = $8, work_ms = $9, wasted_ms = $10, share_ppm = $11
       WHERE task_id = $1 AND attempt = $2)
     INSERT INTO box_time AS b (box_id, load_ms, work_ms, wasted_ms, spare_ms) VALUES ($12, $13, $14, $15, $16)
     ON CONFLICT (box_id) DO UPDATE SET load_ms = b.load_ms + excluded.load_ms, work_ms = b.work_ms + excluded.work_ms,
       wasted_ms = b.wasted_ms + excluded.wasted_ms, spare_ms = b.spare_ms + excluded.spare_ms`,
    [
      end.taskId,
      end.attempt,
      open.endedAt,
      end.outcome,
      end.error?.class ?? null,
      end.error?.code ?? null,
      end.digest ?? null,
      closed.loadMs,
      closed.workMs,
      closed.wastedMs,
      closed.sharePpm,
      open.boxId,
      time.load,
      time.work,
      time.wasted,
      time.spare,
    ],
  );
}

export interface BookPage {
  closed: ClosedTime;
  tail: MeteredAttempt[];
}

/** What the book knows of these boxes. `since` (ms) widens the tail to the attempts that ended after it. */
export async function readBook(em: EntityManager, boxes: readonly { boxId: string; since: number | null }[]): Promise<Map<string, BookPage>> {
  const found = await rows<{ boxId: string; closed: ClosedTime; tail: MeteredAttempt[] }>(
    em,
    `SELECT b."boxId",
       jsonb_build_object('load', coalesce(t.load_ms, 0), 'work', coalesce(t.work_ms, 0), 'wasted', coalesce(t.wasted_ms, 0), 'spare', coalesce(t.spare_ms, 0)) AS closed,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('from', ${MS('a.leased_at')}, 'to', ${MS('a.ended_at')}, 'weight', a.weight, 'loadMs', 0,
                 'workMs', coalesce(a.work_ms, 1e15), 'wasted', false)), '[]')
        FROM task_attempt a
        WHERE a.box_id = b."boxId" AND (a.ended_at IS NULL OR a.ended_at > least(
          to_timestamp(b.since / 1000), (SELECT min(o.leased_at) FROM task_attempt o WHERE o.box_id = b."boxId" AND o.ended_at IS NULL)))) AS tail
     FROM jsonb_to_recordset($1::jsonb) AS b("boxId" uuid, since float8) LEFT JOIN box_time t ON t.box_id = b."boxId"`,
    [JSON.stringify(boxes)],
  );
  return new Map(found.map(({ boxId, closed, tail }) => [boxId, { closed, tail }]));
}

/** Milliseconds per unit of the latest finished attempts of each kind, newest first. */
export async function findPaces(em: EntityManager, perKind: number): Promise<{ kind: string; msPerUnit: number[] }[]> {
  return rows(
    em,
    `WITH RECURSIVE kinds AS (
       (SELECT kind FROM task_attempt WHERE outcome = 'done' ORDER BY kind LIMIT 1)
       UNION ALL
       SELECT next.kind FROM kinds CROSS JOIN LATERAL (SELECT a.kind FROM task_attempt a WHERE a.outcome = 'done' AND a.kind > kinds.kind ORDER BY a.kind LIMIT 1) next)
     SELECT kinds.kind, array(
       SELECT ((load_ms + work_ms) / units)::float8 FROM task_attempt a WHERE a.kind = kinds.kind AND a.outcome = 'done' AND a.units > 0 ORDER BY ended_at DESC LIMIT $1) AS "msPerUnit"
     FROM kinds`,
    [perKind],
  );
}

/**
 * Distinct tasks that failed on this box by the engine's or the machine's fault since it last finished one. What ran on a file that a tenant brought
 * counts only when the machine itself was blamed.
 */
export async function countFailedTasks(em: EntityManager, boxId: string): Promise<number> {
  const [row] = await rows<{ n: number }>(
    em,
    `SELECT count(DISTINCT task_id)::int AS n FROM task_attempt
     WHERE box_id = $1 AND outcome = 'failed' AND (error_class = 'box' OR (error_class = 'task' AND NOT of_tenant))
       AND ended_at > coalesce((SELECT max(ended_at) FROM task_attempt WHERE box_id = $1 AND outcome = 'done'), '-infinity')`,
    [boxId],
  );
  return row!.n;
}

/** Boxes whose attempts took more time than there was, by more than 1 %. */
export async function findOverfullBoxes(em: EntityManager): Promise<{ boxId: string; usedMs: number; wallMs: number }[]> {
  return rows(
    em,
    `SELECT * FROM (
       SELECT t.box_id AS "boxId", t.load_ms + t.work_ms + t.wasted_ms + t.spare_ms AS "usedMs",
         (SELECT ${MS('max(a.ended_at)')} - ${MS('min(a.leased_at)')} FROM task_attempt a WHERE a.box_id = t.box_id) AS "wallMs" FROM box_time t) b
     WHERE "usedMs" > "wallMs" * 1.01 + 1`,
  );
}

/** Boxes whose sums are not the sums of their attempts, by more than 1 %. */
export async function findUnbalancedBoxes(em: EntityManager): Promise<{ boxId: string }[]> {
  return rows(
    em,
    `SELECT t.box_id AS "boxId" FROM box_time t JOIN (
       SELECT box_id, sum(load_ms * share_ppm) / 1e6 AS load_ms, sum(work_ms * share_ppm) / 1e6 AS work_ms, sum(wasted_ms * share_ppm) / 1e6 AS wasted_ms, count(*) AS n
       FROM task_attempt WHERE ended_at IS NOT NULL GROUP BY box_id) a USING (box_id)
     WHERE abs(t.load_ms + t.work_ms + t.wasted_ms - a.load_ms - a.work_ms - a.wasted_ms) > 0.01 * (t.load_ms + t.work_ms + t.wasted_ms) + 2 * a.n`,
  );
}

/** Attempts that ended in the last days whose usage row is missing or says other seconds. */
export async function findUsageDrift(em: EntityManager): Promise<{ taskId: string; attempt: number }[]> {
  return rows(
    em,
    `SELECT a.task_id AS "taskId", a.attempt FROM task_attempt a
     LEFT JOIN usage_attempt u ON u.tenant_id = a.tenant_id AND u.task_id = a.task_id AND u.attempt = a.attempt
     WHERE a.ended_at > now() - interval '7 days' AND (u.job_id, u.box_id, u.outcome, u.load_ms, u.work_ms, u.wasted_ms, u.share_ppm)
       IS DISTINCT FROM (a.job_id, a.box_id, a.outcome, a.load_ms, a.work_ms, a.wasted_ms, a.share_ppm)`,
  );
}
