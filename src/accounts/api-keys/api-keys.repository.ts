import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppDb, rows } from '../../platform/database/index.js';
import type { ApiKey, KeyGrant } from './api-key.js';

const COLUMNS = `id, tenant_id AS "tenantId", owner_id AS "ownerId", name, lookup, scopes, ip_allow AS "ipAllow", created_at AS "createdAt", expires_at AS "expiresAt",
  last_used_at AS "lastUsedAt", CASE WHEN previous_until > now() THEN previous_until END AS "previousUntil", revoked_at AS "revokedAt"`;

@Injectable()
export class ApiKeysRepository {
  constructor(private readonly db: AppDb) {}

  /** Newest first, revoked ones included; of one owner or of all. */
  list(em: EntityManager, filter: { ownerId?: string; after?: { at: string; id: string }; limit: number }): Promise<(ApiKey & { cursorAt: string })[]> {
    return rows(
      em,
      `SELECT ${COLUMNS}, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "cursorAt" FROM api_key
       WHERE ($1::uuid IS NULL OR owner_id = $1) AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
       ORDER BY created_at DESC, id DESC LIMIT $4`,
      [filter.ownerId ?? null, filter.after?.at ?? null, filter.after?.id ?? null, filter.limit],
    );
  }

  async find(em: EntityManager, tenantId: string, id: string): Promise<ApiKey | undefined> {
    return (await rows<ApiKey>(em, `SELECT ${COLUMNS} FROM api_key WHERE tenant_id = $1 AND id = $2`, [tenantId, id]))[0];
  }

  async lock(em: EntityManager, id: string): Promise<ApiKey | undefined> {
    return (await rows<ApiKey>(em, `SELECT ${COLUMNS} FROM api_key WHERE id = $1 FOR UPDATE`, [id]))[0];
  }

  async insert(
    em: EntityManager,
    key: Pick<ApiKey, 'id' | 'tenantId' | 'ownerId' | 'name' | 'lookup' | 'scopes' | 'ipAllow' | 'expiresAt'>,
    secretHash: Buffer,
  ): Promise<ApiKey> {
    const inserted = await rows<ApiKey>(
      em,
      `INSERT INTO api_key (id, tenant_id, owner_id, name, lookup, secret_hash, scopes, ip_allow, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${COLUMNS}`,
      [key.id, key.tenantId, key.ownerId, key.name, key.lookup, secretHash, key.scopes, key.ipAllow, key.expiresAt],
    );
    return inserted[0]!;
  }

  async update(em: EntityManager, key: Pick<ApiKey, 'id' | 'name' | 'scopes' | 'ipAllow' | 'expiresAt'>): Promise<ApiKey> {
    const updated = await rows<ApiKey>(em, `UPDATE api_key SET name = $2, scopes = $3, ip_allow = $4, expires_at = $5 WHERE id = $1 RETURNING ${COLUMNS}`, [
      key.id,
      key.name,
      key.scopes,
      key.ipAllow,
      key.expiresAt,
    ]);
    return updated[0]!;
  }

  /** The secret in force becomes the previous one for `overlapHours`; the one before that ends. */
  async rotate(em: EntityManager, id: string, next: { lookup: string; secretHash: Buffer }, overlapHours: number): Promise<ApiKey> {
    const updated = await rows<ApiKey>(
      em,
      `UPDATE api_key SET previous_lookup = lookup, previous_hash = secret_hash, previous_until = now() + make_interval(hours => $4), lookup = $2, secret_hash = $3
       WHERE id = $1 RETURNING ${COLUMNS}`,
      [id, next.lookup, next.secretHash, overlapHours],
    );
    return updated[0]!;
  }

  async revoke(em: EntityManager, id: string): Promise<void> {
    await rows(em, 'UPDATE api_key SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL', [id]);
  }

  async liveOf(em: EntityManager, ownerId: string): Promise<string[]> {
    return (await rows<{ id: string }>(em, 'SELECT id FROM api_key WHERE owner_id = $1 AND revoked_at IS NULL ORDER BY id FOR UPDATE', [ownerId])).map(
      (row) => row.id,
    );
  }

  /** Before the tenant is known: the key with exactly this lookup and secret. */
  async findGrant(lookup: string, secretHash: Buffer): Promise<KeyGrant | undefined> {
    return (
      await this.db.query<KeyGrant>(
        `SELECT key_id AS "keyId", tenant_id AS "tenantId", owner_id AS "ownerId", scopes, ip_allow AS "ipAllow", expires_at AS "expiresAt", revoked_at AS "revokedAt" FROM api_key_by_lookup($1, $2)`,
        [lookup, secretHash],
      )
    )[0];
  }
}
