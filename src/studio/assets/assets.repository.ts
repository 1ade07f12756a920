import type { Visibility } from '@atelier/contracts';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { AssetRow, NewAsset, RelativeRow } from './asset.entity.js';
import type { AssetType, Scope } from './assets.dto.js';
import type { Pin } from './pin.js';

const COLUMNS = `a.id, a.owner_id AS "ownerId", a.team_id AS "teamId", a.visibility, a.type, a.content_type AS "contentType", a.bytes::float8 AS bytes, a.sha256,
  a.storage_key AS "storageKey", a.width, a.height, a.job_id AS "jobId", a.simulated, a.prompt, a.parameters, a.metadata, a.filename, a.created_at AS "createdAt",
  to_char(a.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "createdKey", a.deleted_at IS NOT NULL AS deleted`;

/** What the caller may see, in terms of columns. */
export interface Viewer {
  userId: string;
  teamId: string | null;
  administers: boolean;
}
export interface AssetFilter {
  viewer: Viewer;
  scope?: Scope;
  type?: AssetType;
  jobId?: string;
  source?: 'upload' | 'job';
  q?: string;
  /** The row that the page before ended with: its `createdKey` and id. */
  after?: { at: string; id: string };
  limit: number;
}

/** Newest first; one row more than `limit` when there are more. */
export function listAssets(em: EntityManager, f: AssetFilter): Promise<AssetRow[]> {
  const parameters: unknown[] = [];
  const bind = (value: unknown): string => `$${parameters.push(value)}`;
  const mine = (): string => `a.owner_id = ${bind(f.viewer.userId)}`;
  const ofTeam = (): string => `a.team_id = ${bind(f.viewer.teamId)}`;
  const readable = (): string => `(${mine()} OR a.visibility IN ('tenant', 'community') OR (a.visibility = 'team' AND ${ofTeam()}))`;

  const where = ['a.deleted_at IS NULL'];
  if (f.scope === 'mine') where.push(mine());
  else if (f.scope === 'team') where.push(ofTeam(), readable());
  // Searching for words in a prompt reads it, so that administrators find by words only what they may open.
  else if (!(f.scope === 'tenant' && f.viewer.administers) || f.q) where.push(readable());
  if (f.type) where.push(`a.type = ${bind(f.type)}`);
  if (f.jobId) where.push(`a.job_id = ${bind(f.jobId)}`);
  if (f.source) where.push(`a.job_id IS ${f.source === 'upload' ? '' : 'NOT '}NULL`);
  if (f.q) where.push(`(coalesce(a.prompt, '') || ' ' || coalesce(a.filename, '')) ILIKE ${bind(`%${f.q.replace(/[\\%_]/g, '\\$&')}%`)}`);
  if (f.after) where.push(`(a.created_at, a.id) < (${bind(f.after.at)}::timestamptz, ${bind(f.after.id)}::uuid)`);
  return rows<AssetRow>(
    em,
    `SELECT ${COLUMNS} FROM asset a WHERE ${where.join(' AND ')} ORDER BY a.created_at DESC, a.id DESC LIMIT ${bind(f.limit + 1)}`,
    parameters,
  );
}

/** Deleted ones too: the caller decides what they mean. */
export const findAssets = (em: EntityManager, ids: readonly string[]): Promise<AssetRow[]> =>
  rows<AssetRow>(em, `SELECT ${COLUMNS} FROM asset a WHERE a.id = ANY($1::uuid[])`, [ids]);

/** Locks the row against pins and other deletions until the transaction ends. */
export async function lockAsset(em: EntityManager, id: string): Promise<AssetRow | null> {
  return (await rows<AssetRow>(em, `SELECT ${COLUMNS} FROM asset a WHERE a.id = $1 AND a.deleted_at IS NULL FOR UPDATE`, [id]))[0] ?? null;
}

/** One statement for all rows and their links. A second delivery of a (task, slot) violates `asset_output` and rolls the caller back. */
export async function insertAssets(em: EntityManager, tenantId: string, assets: readonly NewAsset[]): Promise<void> {
  await rows(
    em,
    `WITH given AS (
       SELECT * FROM jsonb_to_recordset($2::jsonb) AS g("id" uuid, "ownerId" uuid, "teamId" uuid, "visibility" text, "type" text, "contentType" text, "bytes" bigint,
         "sha256" text, "storageKey" text, "width" int, "height" int, "jobId" uuid, "taskId" uuid, "slot" text, "simulated" boolean, "prompt" text, "parameters" jsonb,
         "metadata" jsonb, "filename" text, "parents" jsonb)
     ), made AS (
       INSERT INTO asset (tenant_id, id, owner_id, team_id, visibility, type, content_type, bytes, sha256, storage_key, width, height, job_id, task_id, slot, simulated,
         prompt, parameters, metadata, filename)
       SELECT $1, "id", "ownerId", "teamId", "visibility", "type", "contentType", "bytes", "sha256", "storageKey", "width", "height", "jobId", "taskId", "slot", "simulated",
         "prompt", "parameters", "metadata", "filename" FROM given
     )
     INSERT INTO asset_link (tenant_id, parent_id, child_id, relation)
     SELECT DISTINCT $1::uuid, p.id, given."id", p.relation FROM given, jsonb_to_recordset(given."parents") AS p(id uuid, relation text)`,
    [tenantId, JSON.stringify(assets)],
  );
}

export async function updateVisibility(em: EntityManager, id: string, visibility: Visibility, teamId: string | null): Promise<void> {
  await rows(em, `UPDATE asset SET visibility = $2, team_id = $3 WHERE id = $1`, [id, visibility, teamId]);
}

export async function markDeleted(em: EntityManager, id: string): Promise<void> {
  await rows(em, `UPDATE asset SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL`, [id]);
}

/** What it was made from; what was made from it, newest first. */
export async function relatives(em: EntityManager, id: string, limit: number): Promise<{ parents: RelativeRow[]; children: RelativeRow[] }> {
  const columns = `a.id, a.owner_id AS "ownerId", a.team_id AS "teamId", a.visibility, a.type, l.relation, a.deleted_at IS NOT NULL AS deleted`;
  return {
    parents: await rows<RelativeRow>(
      em,
      `SELECT ${columns} FROM asset_link l JOIN asset a ON a.tenant_id = l.tenant_id AND a.id = l.parent_id WHERE l.child_id = $1 ORDER BY a.id`,
      [id],
    ),
    children: await rows<RelativeRow>(
      em,
      `SELECT ${columns} FROM asset_link l JOIN asset a ON a.tenant_id = l.tenant_id AND a.id = l.child_id WHERE l.parent_id = $1 ORDER BY l.child_id DESC LIMIT $2`,
      [id, limit],
    ),
  };
}

/**
 * Pins those assets that still exist and says which they are. Holds off a concurrent deletion (KEY SHARE against its FOR UPDATE). The note of
 * the last use is written once an hour and never waits, so that many jobs on one picture do not queue behind each other.
 */
export async function insertPins(em: EntityManager, tenantId: string, pins: readonly Pin[]): Promise<Set<string>> {
  const ids = [...new Set(pins.map((p) => p.assetId))];
  const live = await rows<{ id: string }>(em, `SELECT id FROM asset WHERE id = ANY($1::uuid[]) AND deleted_at IS NULL ORDER BY id FOR KEY SHARE`, [ids]);
  const found = new Set(live.map((r) => r.id));
  const kept = pins.filter((p) => found.has(p.assetId));
  await rows(
    em,
    `INSERT INTO asset_pin (tenant_id, asset_id, holder_kind, holder_id)
     SELECT $1, "assetId", "holderKind", "holderId" FROM jsonb_to_recordset($2::jsonb) AS p("assetId" uuid, "holderKind" text, "holderId" uuid) ON CONFLICT DO NOTHING`,
    [tenantId, JSON.stringify(kept)],
  );
  await rows(
    em,
    `UPDATE asset SET last_used_at = now() WHERE id IN
       (SELECT id FROM asset WHERE id = ANY($1::uuid[]) AND last_used_at < now() - interval '1 hour' FOR NO KEY UPDATE SKIP LOCKED)`,
    [[...found]],
  );
  return found;
}

export async function deletePins(em: EntityManager, holderKind: string, holderIds: readonly string[]): Promise<void> {
  await rows(em, `DELETE FROM asset_pin WHERE holder_kind = $1 AND holder_id = ANY($2::uuid[])`, [holderKind, holderIds]);
}

/** Who holds it, at most ten of them. */
export const pinsOf = (em: EntityManager, id: string): Promise<{ holderKind: string; holderId: string }[]> =>
  rows(em, `SELECT holder_kind AS "holderKind", holder_id AS "holderId" FROM asset_pin WHERE asset_id = $1 ORDER BY created_at LIMIT 10`, [id]);

export async function insertReport(
  em: EntityManager,
  tenantId: string,
  r: { id: string; assetId: string; reporterId: string; reason: string; details: string | null },
): Promise<Date> {
  const made = await rows<{ at: Date }>(
    em,
    `INSERT INTO asset_report (tenant_id, id, asset_id, reporter_id, reason, details) VALUES ($1, $2, $3, $4, $5, $6) RETURNING created_at AS at`,
    [tenantId, r.id, r.assetId, r.reporterId, r.reason, r.details],
  );
  return made[0]!.at;
}

export const storedByType = (em: EntityManager): Promise<{ type: AssetType; count: number; bytes: number }[]> =>
  rows(em, `SELECT type, count(*)::int AS count, sum(bytes)::float8 AS bytes FROM asset WHERE deleted_at IS NULL GROUP BY type ORDER BY type`);

/** How many files a job delivered, deleted ones included: what it cost is shared among all. */
export async function countOfJob(em: EntityManager, jobId: string): Promise<number> {
  return (await rows<{ n: number }>(em, `SELECT count(*)::int AS n FROM asset WHERE job_id = $1`, [jobId]))[0]!.n;
}
