import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { CheckedWeights, ModelRow, VersionRow } from './model.entity.js';

const MODEL = `m.id, m.owner_id AS "ownerId", m.team_id AS "teamId", m.visibility, m.slug, m.name, m.description, m.type, m.base, m.licence,
  m.trigger_words AS "triggerWords", m.current, m.is_off AS "isOff", m.preview_key AS "previewKey", m.created_at AS "createdAt", v.filename, v.digest, v.bytes::float8 AS bytes, v.format,
  v.storage_key AS "storageKey", v.passport`;
const FROM = `FROM model m JOIN model_version v ON v.tenant_id = m.tenant_id AND v.model_id = m.id AND v.number = m.current WHERE m.deleted_at IS NULL`;
const VERSION = `id, number, changelog, filename, digest, bytes::float8 AS bytes, format, storage_key AS "storageKey", passport, rules, checks,
  checked_at AS "checkedAt", created_at AS "createdAt"`;

/** A tenant's own models, newest first. A plan bounds how many there are. */
export const listModels = (em: EntityManager): Promise<ModelRow[]> => rows<ModelRow>(em, `SELECT ${MODEL} ${FROM} ORDER BY m.id DESC LIMIT 2000`);

export async function findModel(em: EntityManager, id: string): Promise<ModelRow | null> {
  const [row] = await rows<ModelRow>(em, `SELECT ${MODEL} ${FROM} AND m.id = $1`, [id]);
  return row ?? null;
}

export async function lockModel(em: EntityManager, id: string): Promise<ModelRow | null> {
  const [row] = await rows<ModelRow>(em, `SELECT ${MODEL} ${FROM} AND m.id = $1 FOR UPDATE OF m`, [id]);
  return row ?? null;
}

export const versionsOf = (em: EntityManager, modelId: string): Promise<VersionRow[]> =>
  rows<VersionRow>(em, `SELECT ${VERSION} FROM model_version WHERE model_id = $1 ORDER BY number DESC`, [modelId]);

/** One at a time counts what a tenant has in order to add to it; held until the transaction ends. */
export async function lockModels(em: EntityManager, tenantId: string): Promise<void> {
  await rows(em, `SELECT pg_advisory_xact_lock(hashtextextended('models of ' || $1, 0))`, [tenantId]);
}

/** Imports that are on their way. */
const UNDER_WAY = `stage IN ('uploading', 'waiting', 'fetching', 'checking', 'storing')`;

/** Models of the tenant, and imports on their way that will become one. */
export async function countModels(em: EntityManager): Promise<number> {
  const [row] = await rows<{ count: number }>(
    em,
    `SELECT (SELECT count(*) FROM model WHERE deleted_at IS NULL)::int
          + (SELECT count(*) FROM model_import WHERE ${UNDER_WAY} AND NOT wish ? 'modelId' AND NOT wish ? 'catalogue')::int AS count`,
  );
  return row!.count;
}

/** Imports of the tenant on their way, those of the catalogue apart. */
export async function countImports(em: EntityManager): Promise<number> {
  const [row] = await rows<{ count: number }>(em, `SELECT count(*)::int AS count FROM model_import WHERE ${UNDER_WAY} AND NOT wish ? 'catalogue'`);
  return row!.count;
}

/** Bytes of all versions of the tenant's models, and of imports on their way but this one. */
export async function storedBytes(em: EntityManager, exceptImport: string | null): Promise<number> {
  const [row] = await rows<{ bytes: number }>(
    em,
    `SELECT (SELECT coalesce(sum(v.bytes), 0) FROM model_version v JOIN model m ON m.tenant_id = v.tenant_id AND m.id = v.model_id WHERE m.deleted_at IS NULL)::float8
          + (SELECT coalesce(sum(bytes), 0) FROM model_import WHERE ${UNDER_WAY} AND NOT wish ? 'catalogue' AND id IS DISTINCT FROM $1::uuid)::float8 AS bytes`,
    [exceptImport],
  );
  return row!.bytes;
}

export type NewModel = Pick<
  ModelRow,
  'id' | 'ownerId' | 'teamId' | 'visibility' | 'slug' | 'name' | 'description' | 'type' | 'base' | 'licence' | 'triggerWords' | 'previewKey'
>;

/** The slug gets a number behind it when the tenant has one of that name already: one more than the highest there is. Holds the lock of `lockModels` from here on. */
export async function insertModel(em: EntityManager, tenantId: string, m: NewModel): Promise<void> {
  await lockModels(em, tenantId);
  await rows(
    em,
    `INSERT INTO model (tenant_id, id, owner_id, team_id, visibility, slug, name, description, type, base, licence, trigger_words, preview_key)
     SELECT $1, $2, $3, $4, $5, CASE WHEN taken.is_free THEN $6 ELSE $6 || '-' || (taken.highest + 1) END, $7, $8, $9, $10, $11, $12, $13
       FROM (SELECT count(*) FILTER (WHERE slug = $6) = 0 AS is_free, coalesce(max(substring(slug FROM length($6) + 2)::numeric) FILTER (WHERE slug <> $6), 1) AS highest
               FROM model WHERE tenant_id = $1 AND deleted_at IS NULL AND (slug = $6 OR slug ~ ('^' || $6 || '-[0-9]+$'))) taken`,
    [tenantId, m.id, m.ownerId, m.teamId, m.visibility, m.slug, m.name, m.description, m.type, m.base, m.licence, m.triggerWords, m.previewKey],
  );
}

export interface NewVersion {
  id: string;
  modelId: string;
  changelog: string | null;
  filename: string;
  weights: CheckedWeights;
  createdBy: string;
}

/** The version becomes the one in use. @returns its number */
export async function insertVersion(em: EntityManager, tenantId: string, v: NewVersion): Promise<number> {
  const { weights: w } = v;
  const [row] = await rows<{ number: number }>(
    em,
    `INSERT INTO model_version (tenant_id, id, model_id, number, changelog, filename, digest, bytes, format, storage_key, passport, rules, checks, checked_at, created_by)
     SELECT $1, $2, $3, coalesce(max(number), 0) + 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 FROM model_version WHERE tenant_id = $1 AND model_id = $3
     RETURNING number`,
    [tenantId, v.id, v.modelId, v.changelog, v.filename, w.digest, w.bytes, w.format, w.storageKey, w.passport, w.rules, w.checks, w.checkedAt, v.createdBy],
  );
  await setCurrent(em, v.modelId, row!.number);
  return row!.number;
}

/** False: there is no such version. */
export async function setCurrent(em: EntityManager, modelId: string, number: number): Promise<boolean> {
  const changed = await rows(
    em,
    `UPDATE model SET current = $2 WHERE id = $1 AND EXISTS (SELECT 1 FROM model_version v WHERE v.tenant_id = model.tenant_id AND v.model_id = $1 AND v.number = $2) RETURNING id`,
    [modelId, number],
  );
  return changed.length > 0;
}

export async function changeModel(
  em: EntityManager,
  id: string,
  change: { name?: string; description?: string; visibility?: string; triggerWords?: string[] },
): Promise<void> {
  await rows(
    em,
    `UPDATE model SET name = coalesce($2, name), description = coalesce($3, description), visibility = coalesce($4, visibility), trigger_words = coalesce($5, trigger_words) WHERE id = $1`,
    [id, change.name ?? null, change.description ?? null, change.visibility ?? null, change.triggerWords ?? null],
  );
}

export async function deleteModel(em: EntityManager, id: string): Promise<void> {
  await rows(em, 'UPDATE model SET deleted_at = now() WHERE id = $1', [id]);
}

export async function setPreview(em: EntityManager, id: string, key: string): Promise<void> {
  await rows(em, 'UPDATE model SET preview_key = $2 WHERE id = $1', [id, key]);
}

export async function setOff(em: EntityManager, id: string, isOff: boolean): Promise<void> {
  await rows(em, 'UPDATE model SET is_off = $2 WHERE id = $1', [id, isOff]);
}

/** Jobs of the tenant that have not ended and need a file of any version of the model. */
export async function jobsThatNeed(em: EntityManager, modelId: string): Promise<string[]> {
  const found = await rows<{ id: string }>(
    em,
    `SELECT DISTINCT t.job_id AS id FROM task t WHERE t.state NOT IN ('done', 'failed', 'canceled')
       AND EXISTS (SELECT 1 FROM model_version v WHERE v.model_id = $1 AND t.weights @> jsonb_build_array(jsonb_build_object('digest', v.digest))) LIMIT 5`,
    [modelId],
  );
  return found.map(({ id }) => id);
}
