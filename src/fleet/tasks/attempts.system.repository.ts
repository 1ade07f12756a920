import type { ModelEngine, TaskKind } from '@atelier/contracts';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Ending } from './ending.js';
import type { TaskInputRef, TaskProgress, WeightsUse } from './task.js';
import { mayBecome, ON_BOX, type TaskState } from './task-state.js';

const seconds = (ms: number): number => ms / 1000;
/** Named beside the records, so that the planner goes by the primary key and not by a guess at how many records there are. */
const idsOf = (records: readonly { taskId: string }[]): string[] => records.map((record) => record.taskId);

export interface LeasedTaskRow {
  taskId: string;
  attempt: number;
  tenantId: string;
  jobId: string;
  engine: ModelEngine;
  kind: TaskKind;
  parameters: Record<string, unknown>;
  inputs: TaskInputRef[];
  weights: WeightsUse[];
  units: number;
  vramMb: number;
  timeLimitMs: number;
}
const LEASED = `task.id AS "taskId", task.attempt, task.tenant_id AS "tenantId", task.job_id AS "jobId", task.engine, task.kind, task.parameters, task.inputs, task.weights, task.units,
  task.vram_mb AS "vramMb", task.time_limit_ms AS "timeLimitMs"`;

/** The compare-and-set behind a ticket: takes the tasks that are still queued under exactly this attempt, of work the box is able to do. */
export async function lease(
  em: EntityManager,
  boxId: string,
  abilities: readonly string[],
  tickets: readonly { taskId: string; attempt: number }[],
  ttlMs: number,
): Promise<LeasedTaskRow[]> {
  return rows<LeasedTaskRow>(
    em,
    `WITH held AS (
       SELECT task.id FROM task JOIN jsonb_to_recordset($2::jsonb) AS ticket("taskId" uuid, attempt int) ON task.id = ticket."taskId" AND task.attempt = ticket.attempt
       WHERE task.id = ANY($5::uuid[]) AND task.state = ANY($4) AND task.engine || ':' || task.kind = ANY($6) ORDER BY task.id FOR UPDATE OF task)
     UPDATE task SET state = 'leased', box_id = $1, leased_at = now(), lease_expires_at = now() + make_interval(secs => $3), started_at = NULL, progress = NULL, wait_reason = NULL
     FROM held WHERE task.id = held.id AND task.id = ANY($5) RETURNING ${LEASED}`,
    [boxId, JSON.stringify(tickets), seconds(ttlMs), mayBecome('leased'), idsOf(tickets), abilities],
  );
}

export async function findHeld(em: EntityManager, boxId: string, attempts: readonly { taskId: string; attempt: number }[]): Promise<LeasedTaskRow[]> {
  return rows<LeasedTaskRow>(
    em,
    `SELECT ${LEASED} FROM task JOIN jsonb_to_recordset($2::jsonb) AS a("taskId" uuid, attempt int) ON task.id = a."taskId" AND task.attempt = a.attempt
     WHERE task.id = ANY($4::uuid[]) AND task.box_id = $1 AND task.state = ANY($3) ORDER BY task.id`,
    [boxId, JSON.stringify(attempts), ON_BOX, idsOf(attempts)],
  );
}

export interface Beat {
  taskId: string;
  attempt: number;
  progress: TaskProgress;
  /** Milliseconds the engine has worked, by the box's clock: tells when it started. */
  workMs: number;
}
export interface HeldTask {
  taskId: string;
  attempt: number;
  tenantId: string;
  jobId: string;
  state: TaskState;
  /** This beat was the first that said `running`. */
  started: boolean;
  /** Past its time limit: the lease is not extended any more. */
  overtime: boolean;
}

/** Extends the leases of all of a box's tasks and notes their progress, in one statement. Tasks that are no longer the box's are left out of the answer. */
export async function beat(em: EntityManager, boxId: string, beats: readonly Beat[], ttlMs: number): Promise<HeldTask[]> {
  return rows<HeldTask>(
    em,
    `WITH held AS (
       SELECT task.id, task.state AS was, beat.progress AS told, beat.progress->>'state' = 'running' AS works, "workMs" AS worked,
              now() > task.leased_at + make_interval(secs => task.time_limit_ms / 1000.0) AS overtime
       FROM task JOIN jsonb_to_recordset($2::jsonb) AS beat("taskId" uuid, attempt int, progress jsonb, "workMs" float8) ON task.id = beat."taskId" AND task.attempt = beat.attempt
       WHERE task.id = ANY($5::uuid[]) AND task.box_id = $1 AND task.state = ANY($4) ORDER BY task.id FOR UPDATE OF task)
     UPDATE task SET
       lease_expires_at = CASE WHEN overtime THEN lease_expires_at ELSE now() + make_interval(secs => $3) END,
       state = CASE WHEN was = 'leased' AND works THEN 'running' ELSE was END,
       started_at = CASE WHEN was = 'leased' AND works THEN greatest(leased_at, now() - make_interval(secs => worked / 1000)) ELSE started_at END,
       progress = told,
       wait_reason = CASE WHEN works THEN NULL ELSE 'model_loading' END
     FROM held WHERE task.id = held.id AND task.id = ANY($5)
     RETURNING task.id AS "taskId", task.attempt, task.tenant_id AS "tenantId", task.job_id AS "jobId", task.state, was = 'leased' AND works AS started, overtime`,
    [boxId, JSON.stringify(beats), seconds(ttlMs), ON_BOX, idsOf(beats)],
  );
}

export interface LockedTask {
  id: string;
  attempt: number;
  tenantId: string;
  jobId: string;
  poolId: string;
  laneId: string;
  tierWeight: number;
  fairCost: number | null;
  state: TaskState;
  failures: number;
  lostBoxes: string[];
  boxId: string;
  overtime: boolean;
  /** It works with a file that a tenant brought: how that behaves says nothing of the box. */
  ofTenant: boolean;
  /** When the lease was last extended: the last sign of this task. */
  lastSignAt: Date;
}
const LOCKED = `id, attempt, tenant_id AS "tenantId", job_id AS "jobId", pool_id AS "poolId", lane_id AS "laneId", tier_weight AS "tierWeight", fair_cost AS "fairCost", state, failures,
  lost_boxes AS "lostBoxes", box_id AS "boxId", now() > leased_at + make_interval(secs => time_limit_ms / 1000.0) AS overtime,
  weights @> '[{"ofTenant": true}]' AS "ofTenant"`;

/** Locks a task that is on a box under exactly this attempt. */
export async function lockHeld(em: EntityManager, boxId: string, taskId: string, attempt: number, ttlMs: number): Promise<LockedTask | undefined> {
  const [row] = await rows<LockedTask>(
    em,
    `SELECT ${LOCKED}, lease_expires_at - make_interval(secs => $5) AS "lastSignAt" FROM task WHERE id = $1 AND attempt = $2 AND box_id = $3 AND state = ANY($4) FOR UPDATE`,
    [taskId, attempt, boxId, ON_BOX, seconds(ttlMs)],
  );
  return row;
}

/** Locks one expired lease that nobody else is dealing with. */
export async function lockExpired(em: EntityManager, ttlMs: number): Promise<LockedTask | undefined> {
  const [row] = await rows<LockedTask>(
    em,
    `SELECT ${LOCKED}, lease_expires_at - make_interval(secs => $2) AS "lastSignAt" FROM task
     WHERE state = ANY($1) AND lease_expires_at < now() ORDER BY lease_expires_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
    [ON_BOX, seconds(ttlMs)],
  );
  return row;
}

/** Locks all tasks of a box, by id. */
export async function lockOnBox(em: EntityManager, boxId: string, ttlMs: number): Promise<LockedTask[]> {
  return rows<LockedTask>(
    em,
    `SELECT ${LOCKED}, lease_expires_at - make_interval(secs => $3) AS "lastSignAt" FROM task WHERE box_id = $1 AND state = ANY($2) ORDER BY id FOR UPDATE`,
    [boxId, ON_BOX, seconds(ttlMs)],
  );
}

export interface TaskResult {
  outputs: readonly object[];
  stepsDone: number;
  stepsTotal: number;
  simulated: boolean;
}

/** Writes the end of an attempt on the locked task, and what it changes in the tenant's service. */
export async function writeEnding(em: EntityManager, task: LockedTask, ending: Ending, result: TaskResult | undefined, fairDelta: number): Promise<void> {
  await rows(
    em,
    `WITH ended AS (
       UPDATE task SET state = $2, failures = $3, suspect_losses = cardinality($4::uuid[]), lost_boxes = $4, error = $5, lease_expires_at = NULL, fair_cost = NULL,
         not_before = CASE WHEN $2 = 'ready' AND $6::float8 > 0 THEN now() + make_interval(secs => $6::float8) END,
         tag = CASE WHEN $7 OR $2 <> 'ready' THEN tag END, tier_tag = CASE WHEN $7 OR $2 <> 'ready' THEN tier_tag END,
         box_id = CASE WHEN $2 <> 'ready' THEN box_id END,
         wait_reason = CASE WHEN $2 = 'ready' THEN 'interrupted_retrying' END,
         ready_at = CASE WHEN $2 = 'ready' THEN now() ELSE ready_at END,
         started_at = CASE WHEN $2 = 'ready' THEN NULL ELSE coalesce(started_at, leased_at) END,
         finished_at = CASE WHEN $2 <> 'ready' THEN now() END,
         progress = NULL, outputs = coalesce($8::jsonb, outputs), steps_done = coalesce($9, steps_done), steps_total = coalesce($10, steps_total), simulated = coalesce($11, simulated)
       WHERE id = $1)
     INSERT INTO fair_correction (tenant_id, pool_id, tier_weight, delta) SELECT $12::uuid, $13::uuid, $14::int, $15::float8 WHERE $15::float8 <> 0`,
    [
      task.id,
      ending.state,
      ending.failures,
      ending.lostBoxes,
      ending.error && JSON.stringify(ending.error),
      seconds(ending.pauseMs),
      ending.keepsTag,
      result ? JSON.stringify(result.outputs) : null,
      result?.stepsDone ?? null,
      result?.stepsTotal ?? null,
      result?.simulated ?? null,
      task.tenantId,
      task.poolId,
      task.tierWeight,
      fairDelta,
    ],
  );
}

/** Tasks that were finished by an attempt that was not their last: a write that the fence should have refused (I7). */
export async function findFenceBreaks(em: EntityManager): Promise<{ taskId: string }[]> {
  return rows(
    em,
    `SELECT task.id AS "taskId" FROM task WHERE task.state = 'done' AND NOT EXISTS (
       SELECT 1 FROM task_attempt a WHERE a.task_id = task.id AND a.tenant_id = task.tenant_id AND a.attempt = task.attempt AND a.outcome = 'done')
     UNION
     SELECT task_id FROM task_attempt WHERE outcome = 'done' GROUP BY task_id HAVING count(*) > 1`,
  );
}

/** Attempts that are open although their task is not on a box under them: seconds that nobody would ever close. */
export async function findStrayAttempts(em: EntityManager): Promise<{ taskId: string }[]> {
  return rows(
    em,
    `SELECT a.task_id AS "taskId" FROM task_attempt a JOIN task ON task.id = a.task_id
     WHERE a.ended_at IS NULL AND (task.attempt <> a.attempt OR task.state <> ALL($1) OR task.box_id <> a.box_id)`,
    [ON_BOX],
  );
}
