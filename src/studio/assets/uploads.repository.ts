import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { UploadRow } from './asset.entity.js';

const COLUMNS = `id, owner_id AS "ownerId", team_id AS "teamId", purpose, filename, content_type AS "contentType", bytes::float8 AS bytes, sha256, storage_key AS "storageKey",
  state, asset_id AS "assetId", refusal, expires_at AS "expiresAt", expires_at < now() AS overdue`;

export type NewUpload = Pick<UploadRow, 'id' | 'ownerId' | 'teamId' | 'purpose' | 'filename' | 'contentType' | 'bytes' | 'sha256' | 'storageKey'> & {
  tokenHash: Buffer | null;
};

export async function insertUpload(em: EntityManager, tenantId: string, u: NewUpload, ttlSeconds: number): Promise<Date> {
  const made = await rows<{ at: Date }>(
    em,
    `INSERT INTO upload (tenant_id, id, owner_id, team_id, purpose, filename, content_type, bytes, sha256, storage_key, token_hash, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + $12 * interval '1 second') RETURNING expires_at AS at`,
    [tenantId, u.id, u.ownerId, u.teamId, u.purpose, u.filename, u.contentType, u.bytes, u.sha256, u.storageKey, u.tokenHash, ttlSeconds],
  );
  return made[0]!.at;
}

export async function findUpload(em: EntityManager, id: string): Promise<UploadRow | null> {
  return (await rows<UploadRow>(em, `SELECT ${COLUMNS} FROM upload WHERE id = $1`, [id]))[0] ?? null;
}

/** Waits for a completion of the same upload that is being written. */
export async function lockUpload(em: EntityManager, id: string): Promise<UploadRow | null> {
  return (await rows<UploadRow>(em, `SELECT ${COLUMNS} FROM upload WHERE id = $1 FOR UPDATE`, [id]))[0] ?? null;
}

export async function markCompleted(em: EntityManager, id: string, assetId: string): Promise<void> {
  await rows(em, `UPDATE upload SET state = 'completed', asset_id = $2 WHERE id = $1 AND state = 'pending'`, [id, assetId]);
}

export async function markRefused(em: EntityManager, id: string, refusal: NonNullable<UploadRow['refusal']>): Promise<void> {
  await rows(em, `UPDATE upload SET state = 'refused', refusal = $2::jsonb WHERE id = $1 AND state = 'pending'`, [id, JSON.stringify(refusal)]);
}
