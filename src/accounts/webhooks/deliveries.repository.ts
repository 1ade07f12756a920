import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Attempt, Delivery, DeliveryStatus } from './webhook.js';

const COLUMNS = `d.id, d.endpoint_id AS "endpointId", d.message_id AS "messageId", m.type, d.status, d.attempts,
  CASE WHEN d.status = 'pending' THEN d.next_attempt_at END AS "nextAttemptAt", d.error, d.created_at AS "createdAt", d.finished_at AS "finishedAt",
  (SELECT a.status_code FROM webhook_attempt a WHERE a.tenant_id = d.tenant_id AND a.delivery_id = d.id ORDER BY a.number DESC LIMIT 1) AS "lastStatusCode"`;
const FROM = `webhook_delivery d JOIN webhook_message m ON m.tenant_id = d.tenant_id AND m.id = d.message_id`;

/** Messages, their deliveries, and every attempt. */
@Injectable()
export class DeliveriesRepository {
  /** False when a message was made of this news before. */
  async insertMessage(em: EntityManager, message: { tenantId: string; id: string; source: string | null; type: string; body: string }): Promise<boolean> {
    const inserted = await rows(
      em,
      `INSERT INTO webhook_message (tenant_id, id, source, type, body) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, source) DO NOTHING RETURNING id`,
      [message.tenantId, message.id, message.source, message.type, message.body],
    );
    return inserted.length > 0;
  }

  async insert(em: EntityManager, tenantId: string, messageId: string, deliveries: readonly { id: string; endpointId: string }[]): Promise<void> {
    await rows(
      em,
      `INSERT INTO webhook_delivery (tenant_id, message_id, id, endpoint_id) SELECT $1, $2, x.id, x.endpoint FROM unnest($3::uuid[], $4::uuid[]) AS x(id, endpoint)`,
      [tenantId, messageId, deliveries.map((delivery) => delivery.id), deliveries.map((delivery) => delivery.endpointId)],
    );
  }

  list(
    em: EntityManager,
    endpointId: string,
    filter: { status?: DeliveryStatus; after?: { at: string; id: string }; limit: number },
  ): Promise<(Delivery & { cursorAt: string })[]> {
    return rows(
      em,
      `SELECT ${COLUMNS}, to_char(d.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "cursorAt" FROM ${FROM}
       WHERE d.endpoint_id = $1 AND ($2::text IS NULL OR d.status = $2) AND ($3::timestamptz IS NULL OR (d.created_at, d.id) < ($3, $4::uuid))
       ORDER BY d.created_at DESC, d.id DESC LIMIT $5`,
      [endpointId, filter.status ?? null, filter.after?.at ?? null, filter.after?.id ?? null, filter.limit],
    );
  }

  async find(em: EntityManager, endpointId: string, id: string): Promise<(Delivery & { body: string }) | undefined> {
    return (await rows<Delivery & { body: string }>(em, `SELECT ${COLUMNS}, m.body FROM ${FROM} WHERE d.endpoint_id = $1 AND d.id = $2`, [endpointId, id]))[0];
  }

  attempts(em: EntityManager, deliveryId: string): Promise<Attempt[]> {
    return rows(
      em,
      `SELECT number, at, latency_ms AS "latencyMs", status_code AS "statusCode", response, error FROM webhook_attempt WHERE delivery_id = $1 ORDER BY number DESC`,
      [deliveryId],
    );
  }

  /** A new round of attempts that begins now. One that is being sent at this moment is left to its sender. */
  async replay(em: EntityManager, endpointId: string, id: string): Promise<void> {
    await rows(em, `UPDATE webhook_delivery SET ${ANEW} WHERE endpoint_id = $1 AND id = $2 AND (leased_until IS NULL OR leased_until <= now())`, [
      endpointId,
      id,
    ]);
  }

  /** The same for all that failed and was made at `since` or later; answers how many. */
  async replayFailed(em: EntityManager, endpointId: string, since: Date): Promise<number> {
    return (
      await rows(em, `UPDATE webhook_delivery SET ${ANEW} WHERE endpoint_id = $1 AND status = 'failed' AND created_at >= $2 RETURNING id`, [endpointId, since])
    ).length;
  }

  /** Ends what waits for an endpoint that was switched off. */
  async abandon(em: EntityManager, endpointId: string, error: string): Promise<void> {
    await rows(em, `UPDATE webhook_delivery SET status = 'failed', error = $2, finished_at = now() WHERE endpoint_id = $1 AND status = 'pending'`, [
      endpointId,
      error,
    ]);
  }

  async exists(em: EntityManager, id: string): Promise<boolean> {
    return (await rows(em, 'SELECT 1 FROM webhook_delivery WHERE id = $1', [id])).length > 0;
  }

  async insertAttempt(em: EntityManager, tenantId: string, deliveryId: string, attempt: Attempt): Promise<void> {
    await rows(
      em,
      `INSERT INTO webhook_attempt (tenant_id, delivery_id, number, at, latency_ms, status_code, response, error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
      [tenantId, deliveryId, attempt.number, attempt.at, attempt.latencyMs, attempt.statusCode, attempt.response, attempt.error],
    );
  }

  async markDelivered(em: EntityManager, id: string): Promise<void> {
    await rows(em, `UPDATE webhook_delivery SET status = 'delivered', error = NULL, leased_until = NULL, finished_at = now() WHERE id = $1`, [id]);
  }

  /** `pauseSeconds` null: that was the last attempt. An attempt that a later one overtook decides nothing. */
  async markFailed(em: EntityManager, id: string, attempt: number, error: string, pauseSeconds: number | null): Promise<void> {
    await rows(
      em,
      `UPDATE webhook_delivery SET error = $3, leased_until = NULL,
         next_attempt_at = now() + coalesce($4::float8, 0) * interval '1 second',
         status = CASE WHEN $4::float8 IS NULL THEN 'failed' ELSE 'pending' END,
         finished_at = CASE WHEN $4::float8 IS NULL THEN now() END
       WHERE id = $1 AND attempts = $2 AND status = 'pending'`,
      [id, attempt, error, pauseSeconds],
    );
  }
}

const ANEW = `status = 'pending', earlier_attempts = attempts, next_attempt_at = now(), finished_at = NULL, error = NULL`;
