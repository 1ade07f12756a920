import type { EntityManager } from 'typeorm';
import { rows } from '../../../platform/database/index.js';
import type { ImportRow, ImportStage } from './import.entity.js';
import { IMPORT } from './imports.repository.js';

/** Addresses have places of their own: their servers may be slow. */
export type ImportKind = 'upload' | 'address';

/**
 * Takes the import that has waited longest, for a while; what a process left in the middle is taken up again when its time has run out. One upload and one
 * address at a time of each tenant, so that many, or slow ones, keep nobody else waiting.
 */
export async function takeImport(em: EntityManager, kind: ImportKind, leaseSeconds: number): Promise<ImportRow | null> {
  // One after the other, so that each sees of which tenants the others have taken one.
  await rows(em, `SELECT pg_advisory_xact_lock(hashtext('imports of models'))`);
  const [row] = await rows<ImportRow>(
    em,
    `UPDATE model_import SET stage = CASE WHEN stage <> 'waiting' THEN stage WHEN url IS NULL THEN 'checking' ELSE 'fetching' END, leased_until = now() + $1 * interval '1 second', attempts = attempts + 1
      WHERE (tenant_id, id) = (SELECT tenant_id, id FROM model_import i
         WHERE stage IN ('waiting', 'fetching', 'checking', 'storing') AND (leased_until IS NULL OR leased_until < now()) AND (url IS NULL) = $2
           AND NOT EXISTS (SELECT 1 FROM model_import o
                            WHERE o.tenant_id = i.tenant_id AND o.id <> i.id AND (o.url IS NULL) = $2 AND o.stage IN ('fetching', 'checking', 'storing') AND o.leased_until > now())
         ORDER BY updated_at FOR UPDATE SKIP LOCKED LIMIT 1)
     RETURNING ${IMPORT}`,
    [leaseSeconds, kind === 'upload'],
  );
  return row ?? null;
}

/** False: somebody cancelled it meanwhile. */
export async function note(
  em: EntityManager,
  i: Pick<ImportRow, 'tenantId' | 'id'>,
  stage: ImportStage,
  progress: number,
  leaseSeconds: number,
): Promise<boolean> {
  const found = await rows(
    em,
    `UPDATE model_import SET stage = $3, progress = $4, leased_until = now() + $5 * interval '1 second', updated_at = now()
      WHERE tenant_id = $1 AND id = $2 AND stage IN ('waiting', 'fetching', 'checking', 'storing') RETURNING id`,
    [i.tenantId, i.id, stage, progress, leaseSeconds],
  );
  return found.length > 0;
}

/** Given back for another attempt after a pause, unless it has ended meanwhile. `isOurs`: its own attempt was not at fault and does not count. */
export async function postpone(em: EntityManager, i: Pick<ImportRow, 'tenantId' | 'id'>, seconds: number, isOurs = false): Promise<void> {
  await rows(
    em,
    `UPDATE model_import SET stage = 'waiting', leased_until = now() + $3 * interval '1 second', attempts = attempts - CASE WHEN $4 THEN 1 ELSE 0 END
      WHERE tenant_id = $1 AND id = $2 AND stage IN ('waiting', 'fetching', 'checking', 'storing')`,
    [i.tenantId, i.id, seconds, isOurs],
  );
}

/** Uploads that nobody has gone on with. */
export const dropAbandoned = (em: EntityManager, hours: number, limit: number): Promise<{ tenantId: string; id: string }[]> =>
  rows(
    em,
    `UPDATE model_import SET stage = 'canceled', updated_at = now() WHERE (tenant_id, id) IN (
       SELECT tenant_id, id FROM model_import WHERE stage = 'uploading' AND updated_at < now() - $1 * interval '1 hour' LIMIT $2)
     RETURNING tenant_id AS "tenantId", id`,
    [hours, limit],
  );

/** Those of them that have ended, or are not known. */
export async function overAmong(em: EntityManager, ids: readonly string[]): Promise<string[]> {
  const found = await rows<{ id: string }>(
    em,
    `SELECT id::text FROM unnest($1::uuid[]) AS asked(id)
      WHERE NOT EXISTS (SELECT 1 FROM model_import i WHERE i.id = asked.id AND i.stage NOT IN ('done', 'refused', 'failed', 'canceled'))`,
    [ids],
  );
  return found.map(({ id }) => id);
}
