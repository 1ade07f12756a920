import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Endpoint } from './webhook.js';

const COLUMNS = `id, tenant_id AS "tenantId", url, description, event_types AS "eventTypes", enabled, disabled_reason AS "disabledReason",
  CASE WHEN previous_until > now() THEN previous_until END AS "previousUntil", failing_since AS "failingSince", last_success_at AS "lastSuccessAt", created_at AS "createdAt"`;

export interface Health {
  url: string;
  enabled: boolean;
  failingSince: Date;
  /** It has failed for so long that nobody is there any more. */
  exhausted: boolean;
}

/** Endpoints. Who changes an endpoint or its deliveries locks its row first. */
@Injectable()
export class WebhooksRepository {
  list(em: EntityManager, filter: { after?: { at: string; id: string }; limit: number }): Promise<(Endpoint & { cursorAt: string })[]> {
    return rows(
      em,
      `SELECT ${COLUMNS}, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "cursorAt" FROM webhook_endpoint
       WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1, $2::uuid) ORDER BY created_at DESC, id DESC LIMIT $3`,
      [filter.after?.at ?? null, filter.after?.id ?? null, filter.limit],
    );
  }

  async find(em: EntityManager, id: string): Promise<Endpoint | undefined> {
    return (await rows<Endpoint>(em, `SELECT ${COLUMNS} FROM webhook_endpoint WHERE id = $1`, [id]))[0];
  }

  async lock(em: EntityManager, id: string): Promise<Endpoint | undefined> {
    return (await rows<Endpoint>(em, `SELECT ${COLUMNS} FROM webhook_endpoint WHERE id = $1 FOR NO KEY UPDATE`, [id]))[0];
  }

  /** How many there are; whoever makes one at the same time waits for this transaction. */
  async countLocked(em: EntityManager, tenantId: string): Promise<number> {
    await rows(em, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`webhooks of ${tenantId}`]);
    return (await rows<{ n: number }>(em, 'SELECT count(*)::int AS n FROM webhook_endpoint'))[0]!.n;
  }

  /** The switched-on endpoints, oldest first. */
  enabled(em: EntityManager): Promise<Pick<Endpoint, 'id' | 'eventTypes'>[]> {
    return rows(em, `SELECT id, event_types AS "eventTypes" FROM webhook_endpoint WHERE enabled ORDER BY id`);
  }

  async insert(
    em: EntityManager,
    endpoint: Pick<Endpoint, 'id' | 'tenantId' | 'url' | 'description' | 'eventTypes' | 'enabled'>,
    secretSealed: Buffer,
    createdBy: string,
  ): Promise<Endpoint> {
    const inserted = await rows<Endpoint>(
      em,
      `INSERT INTO webhook_endpoint (id, tenant_id, url, description, event_types, enabled, secret_sealed, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${COLUMNS}`,
      [endpoint.id, endpoint.tenantId, endpoint.url, endpoint.description, endpoint.eventTypes, endpoint.enabled, secretSealed, createdBy],
    );
    return inserted[0]!;
  }

  /** Switching it on, or giving it another address, forgets that it failed. */
  async update(em: EntityManager, endpoint: Pick<Endpoint, 'id' | 'url' | 'description' | 'eventTypes' | 'enabled'>): Promise<Endpoint> {
    const updated = await rows<Endpoint>(
      em,
      `UPDATE webhook_endpoint SET url = $2, description = $3, event_types = $4, enabled = $5, disabled_reason = NULL,
         failing_since = CASE WHEN url = $2 AND enabled THEN failing_since END
       WHERE id = $1 RETURNING ${COLUMNS}`,
      [endpoint.id, endpoint.url, endpoint.description, endpoint.eventTypes, endpoint.enabled],
    );
    return updated[0]!;
  }

  async remove(em: EntityManager, id: string): Promise<void> {
    await rows(em, 'DELETE FROM webhook_endpoint WHERE id = $1', [id]);
  }

  /** The secret in force becomes the previous one for `overlapHours`; the one before that ends. */
  async rotate(em: EntityManager, id: string, secretSealed: Buffer, overlapHours: number): Promise<Endpoint> {
    const updated = await rows<Endpoint>(
      em,
      `UPDATE webhook_endpoint SET previous_sealed = secret_sealed, previous_until = now() + make_interval(hours => $3), secret_sealed = $2 WHERE id = $1 RETURNING ${COLUMNS}`,
      [id, secretSealed, overlapHours],
    );
    return updated[0]!;
  }

  /** Written once a minute while all is well. */
  async markTaken(em: EntityManager, id: string): Promise<void> {
    await rows(
      em,
      `UPDATE webhook_endpoint SET failing_since = NULL, last_success_at = now()
       WHERE id = $1 AND (failing_since IS NOT NULL OR last_success_at IS NULL OR last_success_at < now() - interval '1 minute')`,
      [id],
    );
  }

  /** A failure more than two days after the last one begins a new streak: nothing was tried between. */
  async markFailed(em: EntityManager, id: string, exhaustedAfterDays: number): Promise<Health> {
    const [health] = await rows<Health>(
      em,
      `UPDATE webhook_endpoint SET last_failure_at = now(),
         failing_since = CASE WHEN failing_since IS NULL OR last_failure_at < now() - interval '2 days' THEN now() ELSE failing_since END
       WHERE id = $1 RETURNING url, enabled, failing_since AS "failingSince", failing_since <= now() - make_interval(days => $2) AS exhausted`,
      [id, exhaustedAfterDays],
    );
    return health!;
  }

  async switchOff(em: EntityManager, id: string, reason: 'failing' | 'gone'): Promise<void> {
    await rows(em, 'UPDATE webhook_endpoint SET enabled = false, disabled_reason = $2 WHERE id = $1', [id, reason]);
  }
}
