import type { AppDb } from '../../platform/database/index.js';
import type { CatalogueFileRow, LicenceDecisionRow } from './model.entity.js';

export const CATALOGUE_FILE = `slug, name, digest, bytes::float8 AS bytes, format, storage_key AS "storageKey", passport`;
export const LICENCE_DECISION = 'tag, allowed, reason';

/** What every process may read, of no tenant. */
export const allCatalogueFiles = (db: AppDb): Promise<CatalogueFileRow[]> => db.query<CatalogueFileRow>(`SELECT ${CATALOGUE_FILE} FROM catalogue_file`);
export const allDecisions = (db: AppDb): Promise<LicenceDecisionRow[]> => db.query<LicenceDecisionRow>(`SELECT ${LICENCE_DECISION} FROM licence_decision`);
