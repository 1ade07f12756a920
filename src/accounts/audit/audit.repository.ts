import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import type { ChainHead, SealedEntry } from './chain.js';
import { actorColumns, type AuditContext, type AuditNote } from './entry.js';

/** Columns under the names the chain hashes; `at` as text with microseconds. */
export const ENTRY_COLUMNS = `id, tenant_id AS "tenantId", to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, actor_kind AS "actorKind",
  actor_id AS "actorId", via, action, target, before, after, ip, request_id AS "requestId", seq::float8 AS seq, hash`;

export type StoredEntry = Omit<SealedEntry, 'seq' | 'hash'> & { seq: number | null; hash: Buffer | null };

export interface AuditFilter {
  /** Whole action, or its start when it ends in a dot. */
  action?: string;
  actorId?: string;
  target?: string;
  from?: string;
  to?: string;
  /** The last row of the page before. */
  after?: { at: string; id: string };
  limit: number;
}

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

@Injectable()
export class AuditRepository {
  async insert(em: EntityManager, ctx: AuditContext, note: AuditNote): Promise<void> {
    const actor = actorColumns(ctx.actor);
    await rows(
      em,
      `INSERT INTO audit_entry (tenant_id, id, actor_kind, actor_id, via, action, target, before, after, ip, request_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::jsonb, $10, $11)`,
      [
        ctx.tenantId,
        newId(),
        actor.kind,
        actor.userId,
        actor.via,
        note.action,
        note.target ?? null,
        json(note.before),
        json(note.after),
        ctx.ip ?? null,
        ctx.requestId,
      ],
    );
  }

  /** Newest first. */
  list(em: EntityManager, filter: AuditFilter): Promise<StoredEntry[]> {
    const prefix = filter.action?.endsWith('.') ? filter.action : null;
    return rows<StoredEntry>(
      em,
      `SELECT ${ENTRY_COLUMNS} FROM audit_entry e
       WHERE ($1::text IS NULL OR e.action = $1) AND ($2::text IS NULL OR starts_with(e.action, $2)) AND ($3::uuid IS NULL OR e.actor_id = $3)
         AND ($4::text IS NULL OR e.target = $4) AND ($5::timestamptz IS NULL OR e.at >= $5) AND ($6::timestamptz IS NULL OR e.at < $6)
         AND ($7::timestamptz IS NULL OR (e.at, e.id) < ($7, $8::uuid))
       ORDER BY e.at DESC, e.id DESC LIMIT $9`,
      [
        prefix === null ? (filter.action ?? null) : null,
        prefix,
        filter.actorId ?? null,
        filter.target ?? null,
        filter.from ?? null,
        filter.to ?? null,
        filter.after?.at ?? null,
        filter.after?.id ?? null,
        filter.limit,
      ],
    );
  }

  sealedAfter(em: EntityManager, seq: number, limit: number): Promise<SealedEntry[]> {
    return rows<SealedEntry>(em, `SELECT ${ENTRY_COLUMNS} FROM audit_entry WHERE seq > $1 ORDER BY seq LIMIT $2`, [seq, limit]);
  }

  async head(em: EntityManager): Promise<ChainHead | undefined> {
    return (await rows<ChainHead>(em, 'SELECT seq::float8 AS seq, hash FROM audit_head'))[0];
  }

  async countUnsealed(em: EntityManager): Promise<number> {
    return (await rows<{ n: number }>(em, 'SELECT count(*)::int AS n FROM audit_entry WHERE seq IS NULL'))[0]!.n;
  }
}
