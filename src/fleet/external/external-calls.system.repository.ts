import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';

export type CallState = 'new' | 'sent' | 'open' | 'late' | 'ended';

export interface Call {
  tenantId: string;
  taskId: string;
  attempt: number;
  model: string;
  state: CallState;
  predictionId: string | null;
  /** How often the request went out. */
  sends: number;
  cancelAsked: boolean;
  /** Past its deadline, by the database's clock. */
  overdue: boolean;
}

const CALL = `c.tenant_id AS "tenantId", c.task_id AS "taskId", c.attempt, c.model, c.state, c.prediction_id AS "predictionId", c.sends, c.cancel_asked AS "cancelAsked",
  c.deadline_at < now() AS overdue`;
type CallKey = Pick<Call, 'tenantId' | 'taskId' | 'attempt'>;
const keyOf = ({ tenantId, taskId, attempt }: CallKey): [string, string, number] => [tenantId, taskId, attempt];
const IS_CALL = 'tenant_id = $1 AND task_id = $2 AND attempt = $3';

export async function insertCalls(em: EntityManager, calls: readonly (CallKey & { model: string; timeoutMs: number })[]): Promise<void> {
  await rows(
    em,
    `INSERT INTO external_call (tenant_id, task_id, attempt, model, deadline_at)
     SELECT "tenantId", "taskId", attempt, model, now() + make_interval(secs => "timeoutMs" / 1000.0)
     FROM jsonb_to_recordset($1::jsonb) AS c("tenantId" uuid, "taskId" uuid, attempt int, model text, "timeoutMs" float8)`,
    [JSON.stringify(calls)],
  );
}

/** Takes one call that is due, for as long as one look may last. */
export async function claimDue(em: EntityManager, claimMs: number): Promise<Call | undefined> {
  const [row] = await rows<Call>(
    em,
    `WITH due AS (
       SELECT tenant_id, task_id, attempt FROM external_call WHERE state <> 'ended' AND look_at <= now() AND (claimed_until IS NULL OR claimed_until < now())
       ORDER BY look_at LIMIT 1 FOR UPDATE SKIP LOCKED)
     UPDATE external_call c SET claimed_until = now() + make_interval(secs => $1) FROM due
     WHERE c.tenant_id = due.tenant_id AND c.task_id = due.task_id AND c.attempt = due.attempt RETURNING ${CALL}`,
    [claimMs / 1000],
  );
  return row;
}

export interface CallChange {
  state?: CallState;
  predictionId?: string;
  sent?: boolean;
  cancelAsked?: boolean;
}

/** Notes what became of a claimed call. `lookInMs` gives the claim back and says when the next look is due; without it the claim is kept. */
export async function change(em: EntityManager, call: CallKey, { state, predictionId, sent, cancelAsked }: CallChange, lookInMs?: number): Promise<void> {
  await rows(
    em,
    `UPDATE external_call SET state = coalesce($4, state), prediction_id = coalesce($5, prediction_id), sends = sends + $6, cancel_asked = cancel_asked OR $7,
       look_at = CASE WHEN $8::float8 IS NULL THEN look_at ELSE now() + make_interval(secs => $8::float8) END,
       claimed_until = CASE WHEN $8::float8 IS NULL THEN claimed_until END, ended_at = CASE WHEN $4 = 'ended' THEN now() END
     WHERE ${IS_CALL} AND state <> 'ended'`,
    [...keyOf(call), state ?? null, predictionId ?? null, sent ? 1 : 0, cancelAsked ?? false, lookInMs === undefined ? null : lookInMs / 1000],
  );
}

/** Calls whose attempts live: their leases are to be extended. */
export async function findLive(em: EntityManager): Promise<Call[]> {
  return rows<Call>(em, `SELECT ${CALL} FROM external_call c WHERE c.state IN ('new', 'sent', 'open') ORDER BY c.task_id`);
}

/** False: it has ended, by a look that came first. Two looks at one call wait for each other here. */
export async function lockUnended(em: EntityManager, call: CallKey): Promise<boolean> {
  return (await rows(em, `SELECT 1 FROM external_call WHERE ${IS_CALL} AND state <> 'ended' FOR UPDATE`, keyOf(call))).length > 0;
}

/** False: this webhook was taken before. The call it is about is due at once, even one that is being looked at now. */
export async function takeWebhook(em: EntityManager, id: string, predictionId: string): Promise<boolean> {
  const taken = await rows(em, 'INSERT INTO external_inbox (id, prediction_id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING id', [id, predictionId]);
  if (taken.length === 0) return false;
  await rows(em, `UPDATE external_call SET look_at = now() WHERE prediction_id = $1 AND state <> 'ended'`, [predictionId]);
  return true;
}

export async function forgetWebhooks(em: EntityManager): Promise<void> {
  await rows(em, `DELETE FROM external_inbox WHERE received_at < now() - interval '7 days'`);
}

export async function findConsent(em: EntityManager, tenantId: string): Promise<{ allowed: boolean; providers: string[] } | undefined> {
  return (await rows<{ allowed: boolean; providers: string[] }>(em, 'SELECT allowed, providers FROM external_consent WHERE tenant_id = $1', [tenantId]))[0];
}
