import type { JobStatus } from '@atelier/contracts';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { JobPatch, JobRow, NewEvent, NewJob, OutputRow, StoredEvent } from './job.entity.js';
import type { JobScope } from './jobs.dto.js';

const COLUMNS = `j.tenant_id AS "tenantId", j.id, j.owner_id AS "ownerId", j.key_id AS "keyId", j.team_id AS "teamId", j.visibility, j.operation, j.parameters, j.inputs, j.status,
  j.stage, j.wait_reason AS "waitReason", j.progress::float8 AS progress, j.units_total AS "unitsTotal", j.units_done AS "unitsDone", j.quote, j.held_milli AS "heldMilli",
  j.charged_milli AS "chargedMilli", j.payment_rule AS "paymentRule", j.gpu, j.simulated, j.failed_outputs AS "failedOutputs", j.error, j.body_hash AS "bodyHash",
  j.event_seq AS "eventSeq", j.cancel_requested_at AS "cancelRequestedAt", j.created_at AS "createdAt", j.started_at AS "startedAt", j.finished_at AS "finishedAt",
  j.result_kinds AS "resultKinds", j.wiring, j.open_until AS "openUntil", (j.finished_at IS NULL AND coalesce(j.open_until > now(), false)) AS open`;

/** What the database decided about a new job. */
export interface MadeJob {
  id: string;
  createdAt: Date;
  openUntil: Date | null;
}

/**
 * Writes jobs with their first events in one statement. A job whose Idempotency-Key was used before is left out: only the ids that come back
 * were written.
 */
export function insertJobs(em: EntityManager, tenantId: string, jobs: readonly NewJob[]): Promise<MadeJob[]> {
  return rows(
    em,
    `WITH given AS (
       SELECT * FROM jsonb_to_recordset($2::jsonb) AS g("id" uuid, "ownerId" uuid, "keyId" uuid, "teamId" uuid, "visibility" text, "operation" text, "parameters" jsonb,
         "inputs" jsonb, "unitsTotal" int, "quote" jsonb, "heldMilli" bigint, "simulated" boolean, "idemActor" text, "idemRoute" text, "idemKey" text, "bodyHash" text, "resultKinds" text[],
         "wiring" jsonb, "openSeconds" int, "events" jsonb)
     ), made AS (
       INSERT INTO job (tenant_id, id, owner_id, key_id, team_id, visibility, operation, parameters, inputs, units_total, quote, held_milli, simulated,
         idem_actor, idem_route, idem_key, body_hash, result_kinds, wiring, open_until, event_seq)
       SELECT $1, "id", "ownerId", "keyId", "teamId", "visibility", "operation", "parameters", "inputs", "unitsTotal", "quote", "heldMilli", "simulated",
         "idemActor", "idemRoute", "idemKey", "bodyHash", "resultKinds", "wiring", now() + "openSeconds" * interval '1 second', jsonb_array_length("events") FROM given
       ON CONFLICT (tenant_id, idem_actor, idem_route, idem_key) WHERE idem_key IS NOT NULL DO NOTHING
       RETURNING id, created_at, open_until
     ), said AS (
       INSERT INTO job_event (tenant_id, job_id, id, type, data)
       SELECT $1, made.id, e.n, e.event->>'type', e.event->'data'
         FROM made JOIN given ON given."id" = made.id, jsonb_array_elements(given."events") WITH ORDINALITY AS e(event, n)
     )
     SELECT id, created_at AS "createdAt", open_until AS "openUntil" FROM made`,
    [tenantId, JSON.stringify(jobs)],
  );
}

/** The job that was made under an Idempotency-Key, if any. */
export async function findByKey(em: EntityManager, actor: string, route: string, key: string): Promise<JobRow | null> {
  return (
    (await rows<JobRow>(em, `SELECT ${COLUMNS} FROM job j WHERE j.idem_actor = $1 AND j.idem_route = $2 AND j.idem_key = $3`, [actor, route, key]))[0] ?? null
  );
}

/** Counts jobs that have not ended, but never further than `atMost`. */
/** One batch of a tenant at a time, in whatever process, until the transaction ends: what is counted next stays true. */
export async function lockQueue(em: EntityManager, tenantId: string): Promise<void> {
  await rows(em, `SELECT pg_advisory_xact_lock(hashtextextended('queue of ' || $1::text, 0))`, [tenantId]);
}

export async function countLive(em: EntityManager, tenantId: string, atMost: number): Promise<number> {
  return (
    await rows<{ n: number }>(em, `SELECT count(*)::int AS n FROM (SELECT FROM job WHERE tenant_id = $1 AND finished_at IS NULL LIMIT $2) AS live`, [
      tenantId,
      atMost,
    ])
  )[0]!.n;
}

export async function findJob(em: EntityManager, id: string): Promise<JobRow | null> {
  return (await rows<JobRow>(em, `SELECT ${COLUMNS} FROM job j WHERE j.id = $1`, [id]))[0] ?? null;
}

/** Locks the row first of all: job → tasks by id → ledger. */
export async function lockJob(em: EntityManager, tenantId: string, id: string): Promise<JobRow | null> {
  return (await rows<JobRow>(em, `SELECT ${COLUMNS} FROM job j WHERE j.tenant_id = $1 AND j.id = $2 FOR NO KEY UPDATE`, [tenantId, id]))[0] ?? null;
}

export interface JobFilter {
  viewer: { userId: string; teamId: string | null; administers: boolean };
  scope?: JobScope;
  ownerId?: string;
  statuses?: readonly JobStatus[];
  ended?: boolean;
  /** Only jobs before this id. */
  beforeId?: string;
  limit: number;
}

/** Newest first; one row more than `limit` when there are more. */
export function listJobs(em: EntityManager, tenantId: string, f: JobFilter): Promise<JobRow[]> {
  const parameters: unknown[] = [tenantId];
  const bind = (value: unknown): string => `$${parameters.push(value)}`;
  const where = ['j.tenant_id = $1'];
  const mine = (): string => `j.owner_id = ${bind(f.viewer.userId)}`;
  const ofTeam = (): string => `j.team_id = ${bind(f.viewer.teamId)}`;
  if (f.scope === 'mine') where.push(mine());
  else {
    if (f.scope === 'team') where.push(ofTeam());
    if (!f.viewer.administers) where.push(`(${mine()} OR j.visibility IN ('tenant', 'community') OR (j.visibility = 'team' AND ${ofTeam()}))`);
  }
  if (f.ownerId) where.push(`j.owner_id = ${bind(f.ownerId)}`);
  if (f.statuses) where.push(`j.status = ANY(${bind(f.statuses)}::text[])`);
  if (f.ended) where.push('j.finished_at IS NOT NULL');
  if (f.beforeId) where.push(`j.id < ${bind(f.beforeId)}::uuid`);
  return rows<JobRow>(em, `SELECT ${COLUMNS} FROM job j WHERE ${where.join(' AND ')} ORDER BY j.id DESC LIMIT ${bind(f.limit + 1)}`, parameters);
}

const PATCHED: Readonly<Record<Exclude<keyof JobPatch, 'started' | 'finished' | 'cancelRequested' | 'closed'>, string>> = {
  status: 'status',
  stage: 'stage',
  waitReason: 'wait_reason',
  progress: 'progress',
  unitsDone: 'units_done',
  unitsTotal: 'units_total',
  chargedMilli: 'charged_milli',
  paymentRule: 'payment_rule',
  gpu: 'gpu',
  simulated: 'simulated',
  failedOutputs: 'failed_outputs',
  error: 'error',
};
const JSON_COLUMNS = new Set(['gpu', 'failed_outputs', 'error']);

/** Changes a locked job and appends events, numbered under its row. */
export async function changeJob(em: EntityManager, tenantId: string, id: string, patch: JobPatch, events: readonly NewEvent[]): Promise<void> {
  const parameters: unknown[] = [tenantId, id, events.length, JSON.stringify(events)];
  const sets = ['event_seq = event_seq + $3'];
  for (const [field, column] of Object.entries(PATCHED)) {
    const value = patch[field as keyof typeof PATCHED];
    if (value === undefined) continue;
    const json = JSON_COLUMNS.has(column);
    parameters.push(json && value !== null ? JSON.stringify(value) : value);
    sets.push(`${column} = $${parameters.length}${json ? '::jsonb' : ''}`);
  }
  if (patch.started) sets.push('started_at = coalesce(started_at, now())');
  if (patch.finished) sets.push('finished_at = now()');
  if (patch.closed) sets.push('open_until = CASE WHEN open_until > now() THEN now() ELSE open_until END');
  if (patch.cancelRequested) sets.push('cancel_requested_at = coalesce(cancel_requested_at, now())');
  await rows(
    em,
    `WITH moved AS (UPDATE job SET ${sets.join(', ')} WHERE tenant_id = $1 AND id = $2 RETURNING event_seq)
     INSERT INTO job_event (tenant_id, job_id, id, type, data)
     SELECT $1, $2, moved.event_seq - $3 + e.n, e.event->>'type', e.event->'data' FROM moved, jsonb_array_elements($4::jsonb) WITH ORDINALITY AS e(event, n)`,
    parameters,
  );
}

export interface MovedJob extends Pick<JobRow, 'status' | 'progress' | 'unitsDone' | 'unitsTotal' | 'eventSeq'> {
  /** Milliseconds since the first task began. */
  workedMs: number;
}

/**
 * Moves a job's progress and reserves numbers for `events` events. Null: it has ended, or was heard of less than half a second ago. Changes no
 * indexed column, so that it stays cheap however often boxes report.
 */
export async function moveProgress(
  em: EntityManager,
  tenantId: string,
  id: string,
  p: { fraction: number; stage: string; waitReason: string | null; events: number },
): Promise<MovedJob | null> {
  const [moved] = await rows<MovedJob>(
    em,
    `UPDATE job SET progress = greatest(progress, least(0.999, (units_done + $3::float8) / units_total)), stage = $4, wait_reason = $5, progress_at = clock_timestamp(), event_seq = event_seq + $6
      WHERE tenant_id = $1 AND id = $2 AND finished_at IS NULL AND (progress_at IS NULL OR progress_at <= clock_timestamp() - interval '500 milliseconds')
      RETURNING status, progress::float8 AS progress, units_done AS "unitsDone", units_total AS "unitsTotal", event_seq AS "eventSeq",
        coalesce(extract(epoch FROM clock_timestamp() - started_at) * 1000, 0)::float8 AS "workedMs"`,
    [tenantId, id, p.fraction, p.stage, p.waitReason, p.events],
  );
  return moved ?? null;
}

/** Events under numbers that were reserved, the last of them being `lastId`. */
export async function insertEvents(em: EntityManager, tenantId: string, jobId: string, lastId: number, events: readonly NewEvent[]): Promise<void> {
  await rows(
    em,
    `INSERT INTO job_event (tenant_id, job_id, id, type, data)
     SELECT $1, $2, $3::int - $4::int + e.n, e.event->>'type', e.event->'data' FROM jsonb_array_elements($5::jsonb) WITH ORDINALITY AS e(event, n)`,
    [tenantId, jobId, lastId, events.length, JSON.stringify(events)],
  );
}

/** Events after a number, oldest first, without those of some types. */
export const eventsAfter = (em: EntityManager, jobId: string, afterId: number, limit: number, without: readonly string[]): Promise<StoredEvent[]> =>
  rows<StoredEvent>(
    em,
    `SELECT id, type, data, created_at AS "createdAt" FROM job_event WHERE job_id = $1 AND id > $2 AND type <> ALL($4::text[]) ORDER BY id LIMIT $3`,
    [jobId, afterId, limit, without],
  );

/** Status and money events of a job: what is never purged. */
export const lastingEvents = (em: EntityManager, jobId: string): Promise<StoredEvent[]> =>
  rows<StoredEvent>(em, `SELECT id, type, data, created_at AS "createdAt" FROM job_event WHERE job_id = $1 AND type IN ('status', 'billing') ORDER BY id`, [
    jobId,
  ]);

export async function insertOutputs(
  em: EntityManager,
  tenantId: string,
  jobId: string,
  outputs: readonly { position: number; taskId: string; assetId: string }[],
): Promise<void> {
  await rows(
    em,
    `INSERT INTO job_output (tenant_id, job_id, position, task_id, asset_id)
     SELECT $1, $2, "position", "taskId", "assetId" FROM jsonb_to_recordset($3::jsonb) AS o("position" int, "taskId" uuid, "assetId" uuid)`,
    [tenantId, jobId, JSON.stringify(outputs)],
  );
}

/** Tasks of a job whose outputs were delivered already. */
export const deliveredTasks = async (em: EntityManager, jobId: string): Promise<string[]> =>
  (await rows<{ taskId: string }>(em, `SELECT task_id AS "taskId" FROM job_output WHERE job_id = $1 ORDER BY position`, [jobId])).map((row) => row.taskId);

/** Assets that one task of a job delivered. */
export const outputsOfTask = async (em: EntityManager, jobId: string, taskId: string): Promise<string[]> =>
  (
    await rows<{ assetId: string }>(em, `SELECT asset_id AS "assetId" FROM job_output WHERE job_id = $1 AND task_id = $2 ORDER BY position`, [jobId, taskId])
  ).map((row) => row.assetId);

/** What jobs made, in order. */
export const outputsOf = (em: EntityManager, jobIds: readonly string[]): Promise<OutputRow[]> =>
  rows<OutputRow>(em, `SELECT job_id AS "jobId", position, asset_id AS "assetId" FROM job_output WHERE job_id = ANY($1::uuid[]) ORDER BY job_id, position`, [
    jobIds,
  ]);
