import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';

export interface JobRef {
  tenantId: string;
  id: string;
}

/** The one place where this room reads a table of the fleet: questions over both, asked every few seconds. */
const TASKS_OF_JOB = 'FROM task t WHERE t.tenant_id = j.tenant_id AND t.job_id = j.id';
const ALL_ENDED = `NOT EXISTS (SELECT ${TASKS_OF_JOB} AND t.finished_at IS NULL)`;

/** An open job waits for more tasks; when its time is over, this is what ends it. */
const CLOSED = '(j.open_until IS NULL OR j.open_until <= now())';

/**
 * Live jobs that their tasks have left behind: begun, and all tasks ended; or still queued, with a task at work. Reads what is in
 * progress, so it costs the same however many jobs wait.
 */
export const findLeftBehind = (em: EntityManager, limit: number): Promise<JobRef[]> =>
  rows<JobRef>(
    em,
    `SELECT j.tenant_id AS "tenantId", j.id FROM job j
      WHERE j.finished_at IS NULL AND j.status <> 'queued' AND j.created_at < now() - interval '1 second' AND ${CLOSED} AND ${ALL_ENDED}
     UNION
     SELECT j.tenant_id, j.id FROM task t JOIN job j ON j.tenant_id = t.tenant_id AND j.id = t.job_id
      WHERE t.state IN ('leased', 'running', 'stopping') AND j.status = 'queued' AND j.created_at < now() - interval '1 second'
     LIMIT $1`,
    [limit],
  );

/** Jobs still queued though all of their tasks ended: the news of the start and of the end are both overdue. Reads every job that waits. */
export const findNeverBegun = (em: EntityManager, limit: number): Promise<JobRef[]> =>
  rows<JobRef>(
    em,
    `SELECT j.tenant_id AS "tenantId", j.id FROM job j
      WHERE j.finished_at IS NULL AND j.status = 'queued' AND j.created_at < now() - interval '1 second' AND ${CLOSED} AND ${ALL_ENDED} LIMIT $1`,
    [limit],
  );

/** Deletes progress and previews of jobs that ended at least an hour ago. Returns how many jobs were cleaned. */
export async function purgeProgress(em: EntityManager, limit: number): Promise<number> {
  const [purged] = await rows<{ n: number }>(
    em,
    `WITH old AS (
       SELECT tenant_id, id FROM job WHERE finished_at < now() - interval '60 minutes' AND purged_at IS NULL ORDER BY finished_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
     ), gone AS (
       DELETE FROM job_event e USING old WHERE e.tenant_id = old.tenant_id AND e.job_id = old.id AND e.type IN ('progress', 'preview')
     ), marked AS (
       UPDATE job SET purged_at = now() FROM old WHERE job.tenant_id = old.tenant_id AND job.id = old.id RETURNING 1
     ) SELECT count(*)::int AS n FROM marked`,
    [limit],
  );
  return purged!.n;
}

/** Lets go of Idempotency-Keys that are a day old: from then on they may be used anew. */
export async function forgetKeys(em: EntityManager, limit: number): Promise<number> {
  const [forgotten] = await rows<{ n: number }>(
    em,
    `WITH old AS (
       SELECT tenant_id, id FROM job WHERE idem_key IS NOT NULL AND created_at < now() - interval '24 hours' LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
     ), changed AS (
       UPDATE job SET idem_key = NULL FROM old WHERE job.tenant_id = old.tenant_id AND job.id = old.id RETURNING 1
     ) SELECT count(*)::int AS n FROM changed`,
    [limit],
  );
  return forgotten!.n;
}

/** Which of these storage keys hold outputs of jobs that have not ended: files that are no asset yet, and no orphan either. */
export async function liveOutputKeys(em: EntityManager, tenantId: string, keys: readonly string[]): Promise<Set<string>> {
  const found = await rows<{ key: string }>(
    em,
    `SELECT o->>'key' AS key FROM job j JOIN task t ON t.tenant_id = j.tenant_id AND t.job_id = j.id, jsonb_array_elements(t.outputs) AS o
      WHERE j.tenant_id = $1 AND j.finished_at IS NULL AND o->>'key' = ANY($2::text[])`,
    [tenantId, keys],
  );
  return new Set(found.map((row) => row.key));
}
