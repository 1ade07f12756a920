import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { NewTask, TaskInputRef, TaskView } from './task.js';
import { afterCancel, TASK_STATES, type TaskState } from './task-state.js';

export type PlacedTask = Omit<NewTask, 'base' | 'gpuClasses'> & { poolId: string; laneId: string };

/** One INSERT, however many tasks. */
export async function insertTasks(em: EntityManager, tenantId: string, tasks: readonly PlacedTask[]): Promise<void> {
  await rows(
    em,
    `INSERT INTO task (id, tenant_id, job_id, engine, kind, parameters, inputs, weights, vram_mb, pool_id, lane_id, state, units, estimate_ms, time_limit_ms, tier_weight, running_cap, ready_at)
     SELECT id, $1::uuid, "jobId", engine, kind, parameters, inputs, weights, "vramMb", "poolId", "laneId", state, coalesce(units, 1), "estimateMs", "timeLimitMs", "tierWeight", "runningCap",
            CASE state WHEN 'ready' THEN now() END
     FROM jsonb_to_recordset($2::jsonb) AS t(id uuid, "jobId" uuid, engine text, kind text, parameters jsonb, inputs jsonb, weights jsonb, "vramMb" int, "poolId" uuid, "laneId" uuid, state text,
       units float8, "estimateMs" int, "timeLimitMs" int, "tierWeight" int, "runningCap" int)`,
    [tenantId, JSON.stringify(tasks)],
  );
}

/** Returns the lanes that got ready rows. */
export async function unblock(em: EntityManager, tenantId: string, taskIds: readonly string[]): Promise<string[]> {
  const moved = await rows<{ lane_id: string }>(
    em,
    `WITH held AS (SELECT id FROM task WHERE tenant_id = $1 AND id = ANY($2::uuid[]) AND state = 'blocked' ORDER BY id FOR UPDATE)
     UPDATE task SET state = 'ready', ready_at = now() FROM held WHERE task.id = held.id RETURNING lane_id`,
    [tenantId, taskIds],
  );
  return [...new Set(moved.map((row) => row.lane_id))];
}

/** Adds what earlier tasks made to the inputs of one that waits for it. */
export async function supply(em: EntityManager, tenantId: string, taskId: string, inputs: readonly TaskInputRef[]): Promise<void> {
  await rows(em, `UPDATE task SET inputs = inputs || $3::jsonb WHERE tenant_id = $1 AND id = $2 AND state = 'blocked'`, [
    tenantId,
    taskId,
    JSON.stringify(inputs),
  ]);
}

const statesThat = (end: TaskState): TaskState[] => TASK_STATES.filter((state) => state !== end && afterCancel(state) === end);

/** Locks the job's living tasks by id and cancels them; a ticket not yet taken gives its share of service back. */
export async function cancelOfJob(em: EntityManager, tenantId: string, jobId: string): Promise<{ state: TaskState; laneId: string; poolId: string }[]> {
  return rows(
    em,
    `WITH held AS (
       SELECT id, state AS was FROM task WHERE tenant_id = $1 AND job_id = $2 AND state = ANY($3::text[] || $4::text[]) ORDER BY id FOR UPDATE),
     moved AS (
       UPDATE task SET state = CASE WHEN was = ANY($3) THEN 'canceled' ELSE 'stopping' END, finished_at = CASE WHEN was = ANY($3) THEN now() END, not_before = NULL, wait_reason = NULL
       FROM held WHERE task.id = held.id RETURNING was, task.state, lane_id, pool_id, tier_weight, fair_cost),
     back AS (INSERT INTO fair_correction (tenant_id, pool_id, tier_weight, delta) SELECT $1, pool_id, tier_weight, -fair_cost FROM moved WHERE was = 'queued' AND fair_cost <> 0)
     SELECT state, lane_id AS "laneId", pool_id AS "poolId" FROM moved`,
    [tenantId, jobId, statesThat('canceled'), statesThat('stopping')],
  );
}

const VIEW = `id, job_id AS "jobId", kind, state, attempt, failures, parameters, inputs, outputs, error, progress, steps_done AS "stepsDone", steps_total AS "stepsTotal", simulated, units,
  estimate_ms AS "estimateMs", wait_reason AS "waitReason", created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"`;

export async function listOfJob(em: EntityManager, tenantId: string, jobId: string): Promise<TaskView[]> {
  return rows<TaskView>(em, `SELECT ${VIEW} FROM task WHERE tenant_id = $1 AND job_id = $2 ORDER BY id`, [tenantId, jobId]);
}

export async function findOfJob(em: EntityManager, tenantId: string, jobId: string, taskId: string): Promise<TaskView | undefined> {
  const [task] = await rows<TaskView>(em, `SELECT ${VIEW} FROM task WHERE tenant_id = $1 AND job_id = $2 AND id = $3`, [tenantId, jobId, taskId]);
  return task;
}

export async function countLive(em: EntityManager, tenantId: string, jobId: string): Promise<number> {
  const [counted] = await rows<{ live: number }>(em, `SELECT count(*)::int AS live FROM task WHERE tenant_id = $1 AND job_id = $2 AND finished_at IS NULL`, [
    tenantId,
    jobId,
  ]);
  return counted!.live;
}
