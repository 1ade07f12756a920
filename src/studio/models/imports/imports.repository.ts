import type { EntityManager } from 'typeorm';
import { rows } from '../../../platform/database/index.js';
import type { ImportRow } from './import.entity.js';

export const IMPORT = `tenant_id AS "tenantId", id, owner_id AS "ownerId", team_id AS "teamId", wish, filename, bytes::float8 AS bytes, sha256, url, parts, stage, progress, refusal,
  model_id AS "modelId", attempts, created_at AS "createdAt"`;

export async function insertImport(
  em: EntityManager,
  tenantId: string,
  i: Pick<ImportRow, 'id' | 'ownerId' | 'teamId' | 'wish' | 'filename' | 'bytes' | 'sha256' | 'url' | 'stage'>,
): Promise<void> {
  await rows(
    em,
    `INSERT INTO model_import (tenant_id, id, owner_id, team_id, wish, filename, bytes, sha256, url, stage) VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10)`,
    [tenantId, i.id, i.ownerId, i.teamId, JSON.stringify(i.wish), i.filename, i.bytes, i.sha256, i.url, i.stage],
  );
}

export async function findImport(em: EntityManager, id: string): Promise<ImportRow | null> {
  const [row] = await rows<ImportRow>(em, `SELECT ${IMPORT} FROM model_import WHERE id = $1`, [id]);
  return row ?? null;
}

export async function lockImport(em: EntityManager, id: string): Promise<ImportRow | null> {
  const [row] = await rows<ImportRow>(em, `SELECT ${IMPORT} FROM model_import WHERE id = $1 FOR UPDATE`, [id]);
  return row ?? null;
}

export const listImports = (em: EntityManager, limit: number): Promise<ImportRow[]> =>
  rows<ImportRow>(em, `SELECT ${IMPORT} FROM model_import ORDER BY id DESC LIMIT $1`, [limit]);

export async function notePart(em: EntityManager, id: string, part: { n: number; bytes: number }): Promise<void> {
  await rows(
    em,
    `UPDATE model_import SET updated_at = now(),
       parts = (SELECT coalesce(jsonb_agg(p), '[]') FROM jsonb_array_elements(parts) p WHERE (p->>'n')::int <> $2) || jsonb_build_array(jsonb_build_object('n', $2::int, 'bytes', $3::bigint))
     WHERE id = $1`,
    [id, part.n, part.bytes],
  );
}

/** Where an import has ended, what followed `?` in its address is forgotten: it may have been a secret. */
export async function setStage(
  em: EntityManager,
  id: string,
  stage: ImportRow['stage'],
  more: Partial<Pick<ImportRow, 'progress' | 'refusal' | 'modelId' | 'bytes' | 'sha256'>> = {},
): Promise<void> {
  await rows(
    em,
    `UPDATE model_import SET stage = $2, progress = coalesce($3, progress), refusal = coalesce($4::jsonb, refusal), model_id = coalesce($5, model_id), bytes = coalesce($6, bytes),
       sha256 = coalesce($7, sha256), leased_until = NULL, updated_at = now(),
       url = CASE WHEN $2 IN ('done', 'refused', 'failed', 'canceled') THEN split_part(url, '?', 1) ELSE url END WHERE id = $1`,
    [id, stage, more.progress ?? null, more.refusal ? JSON.stringify(more.refusal) : null, more.modelId ?? null, more.bytes ?? null, more.sha256 ?? null],
  );
}
