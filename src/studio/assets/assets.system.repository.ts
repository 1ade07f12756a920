import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';

export interface DeletedAsset {
  tenantId: string;
  id: string;
  storageKey: string;
}

/** Deleted at least a minute ago (addresses that were just handed out still answer), bytes still there. */
export const deletedWithBytes = (em: EntityManager, limit: number): Promise<DeletedAsset[]> =>
  rows<DeletedAsset>(
    em,
    `SELECT tenant_id AS "tenantId", id, storage_key AS "storageKey" FROM asset
      WHERE deleted_at < now() - interval '1 minute' AND bytes_removed_at IS NULL ORDER BY deleted_at LIMIT $1`,
    [limit],
  );

export async function markBytesRemoved(em: EntityManager, ids: readonly string[]): Promise<void> {
  await rows(em, `UPDATE asset SET bytes_removed_at = now() WHERE id = ANY($1::uuid[])`, [ids]);
}

/** Ends uploads nobody completed; their landing places are returned, to be emptied. */
export const expireUploads = (em: EntityManager, limit: number): Promise<{ storageKey: string }[]> =>
  rows(
    em,
    `UPDATE upload SET state = 'expired' WHERE id IN
       (SELECT id FROM upload WHERE state = 'pending' AND expires_at < now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING storage_key AS "storageKey"`,
    [limit],
  );

/** What a PUT with a token is checked against: the tenant is not known before. */
export async function openUpload(em: EntityManager, id: string): Promise<{ contentType: string; bytes: number; storageKey: string; tokenHash: Buffer } | null> {
  const found = await rows<{ contentType: string; bytes: number; storageKey: string; tokenHash: Buffer }>(
    em,
    `SELECT content_type AS "contentType", bytes::float8 AS bytes, storage_key AS "storageKey", token_hash AS "tokenHash" FROM upload
      WHERE id = $1 AND state = 'pending' AND expires_at > now() AND token_hash IS NOT NULL`,
    [id],
  );
  return found[0] ?? null;
}

/** Which of these keys a row still speaks for: an asset whose bytes were not removed, or an upload under way. */
export async function claimedKeys(em: EntityManager, tenantId: string, keys: readonly string[]): Promise<Set<string>> {
  const found = await rows<{ key: string }>(
    em,
    `SELECT storage_key AS key FROM asset WHERE tenant_id = $1 AND storage_key = ANY($2::text[]) AND bytes_removed_at IS NULL
     UNION ALL SELECT storage_key FROM upload WHERE tenant_id = $1 AND storage_key = ANY($2::text[]) AND state = 'pending'`,
    [tenantId, keys],
  );
  return new Set(found.map((r) => r.key));
}

/** Which of these assets still have bytes from which a rendition may have been made. */
export async function assetsWithBytes(em: EntityManager, tenantId: string, ids: readonly string[]): Promise<Set<string>> {
  const found = await rows<{ id: string }>(em, `SELECT id FROM asset WHERE tenant_id = $1 AND id = ANY($2::uuid[]) AND deleted_at IS NULL`, [tenantId, ids]);
  return new Set(found.map((r) => r.id));
}
