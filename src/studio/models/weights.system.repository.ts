import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { CatalogueFileRow, CheckedWeights, LicenceDecisionRow } from './model.entity.js';
import { CATALOGUE_FILE, LICENCE_DECISION } from './shared.repository.js';

const COLUMNS = `digest, bytes::float8 AS bytes, format, storage_key AS "storageKey", rules, checks, passport, checked_at AS "checkedAt"`;

/** What was checked by newer rules takes the place of what was checked by older ones. */
export async function keepWeights(em: EntityManager, w: Omit<CheckedWeights, 'checkedAt'>): Promise<CheckedWeights> {
  const [row] = await rows<CheckedWeights>(
    em,
    `INSERT INTO weights (digest, bytes, format, storage_key, rules, checks, passport) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (digest) DO UPDATE SET rules = excluded.rules, checks = excluded.checks, passport = excluded.passport, checked_at = now()
     RETURNING ${COLUMNS}`,
    [w.digest, w.bytes, w.format, w.storageKey, w.rules, w.checks, w.passport],
  );
  return row!;
}

export async function putCatalogueFile(em: EntityManager, f: CatalogueFileRow): Promise<void> {
  await rows(
    em,
    `INSERT INTO catalogue_file (slug, name, digest, bytes, format, storage_key, passport) VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (slug, name) DO UPDATE SET digest = excluded.digest, bytes = excluded.bytes, format = excluded.format, storage_key = excluded.storage_key,
       passport = excluded.passport, imported_at = now()`,
    [f.slug, f.name, f.digest, f.bytes, f.format, f.storageKey, f.passport],
  );
}

export const catalogueFilesOf = (em: EntityManager, slug: string): Promise<CatalogueFileRow[]> =>
  rows<CatalogueFileRow>(em, `SELECT ${CATALOGUE_FILE} FROM catalogue_file WHERE slug = $1`, [slug]);

export async function findDecision(em: EntityManager, tag: string): Promise<LicenceDecisionRow | null> {
  const [row] = await rows<LicenceDecisionRow>(em, `SELECT ${LICENCE_DECISION} FROM licence_decision WHERE tag = $1`, [tag]);
  return row ?? null;
}

export async function putDecision(em: EntityManager, d: LicenceDecisionRow): Promise<void> {
  await rows(
    em,
    `INSERT INTO licence_decision (tag, allowed, reason) VALUES ($1, $2, $3)
     ON CONFLICT (tag) DO UPDATE SET allowed = excluded.allowed, reason = excluded.reason, decided_at = now()`,
    [d.tag, d.allowed, d.reason],
  );
}

/** Files that no model, no catalogue and no unfinished work needs any more. Their rows go first, so that nobody finds them again. */
export async function dropUnneeded(em: EntityManager, ageHours: number, limit: number): Promise<string[]> {
  const gone = await rows<{ key: string }>(
    em,
    `DELETE FROM weights w WHERE w.digest IN (
       SELECT o.digest FROM weights o
        WHERE o.checked_at < now() - $1 * interval '1 hour'
          AND NOT EXISTS (SELECT 1 FROM catalogue_file c WHERE c.digest = o.digest)
          AND NOT EXISTS (SELECT 1 FROM model_version v JOIN model m ON m.tenant_id = v.tenant_id AND m.id = v.model_id WHERE v.digest = o.digest AND m.deleted_at IS NULL)
          AND NOT EXISTS (SELECT 1 FROM task t WHERE t.state NOT IN ('done', 'failed', 'canceled') AND t.weights @> jsonb_build_array(jsonb_build_object('digest', o.digest)))
        LIMIT $2)
       -- Asked of the row as it is when its turn comes: somebody may just have brought the file again.
       AND w.checked_at < now() - $1 * interval '1 hour'
     RETURNING storage_key AS key`,
    [ageHours, limit],
  );
  return gone.map(({ key }) => key);
}
