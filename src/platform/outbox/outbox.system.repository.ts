import type { EntityManager } from 'typeorm';
import { rows } from '../database/index.js';

export interface OutboxRow {
  id: string;
  tenant_id: string;
  topic: string;
  payload: Record<string, unknown>;
  attempts: number;
}

/** Takes up to `limit` due rows for 30 s; a process that dies with them loses nothing but that time. */
export const claimDue = (em: EntityManager, limit: number): Promise<OutboxRow[]> =>
  rows<OutboxRow>(
    em,
    `UPDATE outbox SET due_at = now() + interval '30 seconds', attempts = attempts + 1
      WHERE id IN (SELECT id FROM outbox WHERE due_at <= now() ORDER BY due_at, id LIMIT $1 FOR UPDATE SKIP LOCKED)
      RETURNING id, tenant_id, topic, payload, attempts`,
    [limit],
  );

export async function deleteDelivered(em: EntityManager, ids: readonly string[]): Promise<void> {
  await rows(em, `DELETE FROM outbox WHERE id = ANY($1::bigint[])`, [ids]);
}

/** Back-off doubles from 1 s to 5 min. */
export async function postpone(em: EntityManager, id: string, error: string): Promise<void> {
  await rows(em, `UPDATE outbox SET due_at = now() + least(300, power(2, least(attempts, 9))) * interval '1 second' / 2, last_error = $2 WHERE id = $1`, [
    id,
    error.slice(0, 500),
  ]);
}

/** True for the first time that this consumer deals with this event. */
export async function markConsumed(em: EntityManager, eventId: string, consumer: string): Promise<boolean> {
  const fresh = await rows(em, `INSERT INTO consumed (event_id, consumer) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING event_id`, [eventId, consumer]);
  return fresh.length > 0;
}

export async function forgetConsumed(em: EntityManager): Promise<void> {
  await rows(em, `DELETE FROM consumed WHERE consumed_at < now() - interval '1 day'`);
}
