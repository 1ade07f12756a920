import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../database/index.js';

/** Who asked for what, by which key. */
export interface IdempotencyIdentity {
  tenantId: string;
  actor: string;
  route: string;
  key: string;
}
export interface IdempotencyRow {
  bodyHash: string;
  /** Null while the first request is running. */
  status: number | null;
  body: unknown;
  /** The claim of a request that died has lapsed. */
  lapsed: boolean;
}

const WHERE = `tenant_id = $1 AND actor = $2 AND route = $3 AND key = $4`;
/** A key older than a day is as good as new. */
const OLD = `idempotency_key.created_at < now() - interval '24 hours'`;

@Injectable()
export class IdempotencyRepository {
  /** Claims the key for `leaseMs`; false when somebody has it: running, answered, or with another body. */
  async claim(em: EntityManager, id: IdempotencyIdentity, bodyHash: string, leaseMs: number): Promise<boolean> {
    const claimed = await rows(
      em,
      `INSERT INTO idempotency_key (tenant_id, actor, route, key, body_hash, locked_until) VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 millisecond')
       ON CONFLICT (tenant_id, actor, route, key) DO UPDATE
         SET body_hash = EXCLUDED.body_hash, locked_until = EXCLUDED.locked_until, status = NULL, body = NULL, created_at = now()
         WHERE ${OLD} OR (idempotency_key.status IS NULL AND idempotency_key.locked_until < now() AND idempotency_key.body_hash = EXCLUDED.body_hash)
       RETURNING key`,
      [id.tenantId, id.actor, id.route, id.key, bodyHash, leaseMs],
    );
    return claimed.length > 0;
  }

  async find(em: EntityManager, id: IdempotencyIdentity): Promise<IdempotencyRow | null> {
    const [found] = await rows<IdempotencyRow>(
      em,
      `SELECT body_hash AS "bodyHash", status, body, coalesce(locked_until < now(), true) AS lapsed FROM idempotency_key WHERE ${WHERE} AND NOT (${OLD})`,
      [id.tenantId, id.actor, id.route, id.key],
    );
    return found ?? null;
  }

  /** Writes the response; false when another request with this key has written one, or claimed it with another body. */
  async store(em: EntityManager, id: IdempotencyIdentity, bodyHash: string, status: number, body: unknown): Promise<boolean> {
    const stored = await rows(
      em,
      `INSERT INTO idempotency_key (tenant_id, actor, route, key, body_hash, status, body) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)
       ON CONFLICT (tenant_id, actor, route, key) DO UPDATE
         SET body_hash = EXCLUDED.body_hash, status = EXCLUDED.status, body = EXCLUDED.body, locked_until = NULL,
             created_at = CASE WHEN ${OLD} THEN now() ELSE idempotency_key.created_at END
         WHERE ${OLD} OR (idempotency_key.status IS NULL AND idempotency_key.body_hash = EXCLUDED.body_hash)
       RETURNING key`,
      [id.tenantId, id.actor, id.route, id.key, bodyHash, status, body === undefined ? null : JSON.stringify(body)],
    );
    return stored.length > 0;
  }

  async release(em: EntityManager, id: IdempotencyIdentity): Promise<void> {
    await rows(em, `DELETE FROM idempotency_key WHERE ${WHERE} AND status IS NULL`, [id.tenantId, id.actor, id.route, id.key]);
  }
}
