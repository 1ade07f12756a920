import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { PresentedToken } from './refresh.js';
import type { Session } from './session.js';

const COLUMNS = `id, user_id AS "userId", acting_tenant_id AS "tenantId", kind, device, ip, created_at AS "createdAt", last_used_at AS "lastUsedAt", expires_at AS "expiresAt", revoked_at AS "revokedAt"`;
/** Not revoked, not expired; a browser's also used within the last 7 days. */
const LIVE = `revoked_at IS NULL AND expires_at > now() AND (kind = 'token' OR last_used_at > now() - interval '7 days')`;

export interface NewSession {
  id: string;
  userId: string;
  tenantId: string;
  kind: Session['kind'];
  secretHash: Buffer | null;
  device: string;
  ip: string;
  lifeMs: number;
}
export interface NewRefreshToken {
  id: string;
  sessionId: string;
  parentId: string | null;
  hash: Buffer;
  lifeMs: number;
}
export type LockedToken = PresentedToken & { id: string; parentId: string | null; sessionId: string; userId: string; tenantId: string; now: Date };
export interface Use {
  id: string;
  at: Date;
  ip: string;
}

/** Sessions are a person's, who may have several tenants: they are reached by the system login only. */
@Injectable()
export class SessionsSystemRepository {
  async insert(em: EntityManager, s: NewSession): Promise<Session> {
    const inserted = await rows<Session>(
      em,
      `INSERT INTO session (id, user_id, acting_tenant_id, kind, secret_hash, device, ip, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8::float8 / 1000)) RETURNING ${COLUMNS}`,
      [s.id, s.userId, s.tenantId, s.kind, s.secretHash, s.device, s.ip, s.lifeMs],
    );
    return inserted[0]!;
  }

  listLive(em: EntityManager, userId: string, filter: { after?: { at: string; id: string }; limit: number }): Promise<(Session & { cursorAt: string })[]> {
    return rows(
      em,
      `SELECT ${COLUMNS}, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "cursorAt" FROM session
       WHERE user_id = $1 AND ${LIVE} AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
       ORDER BY created_at DESC, id DESC LIMIT $4`,
      [userId, filter.after?.at ?? null, filter.after?.id ?? null, filter.limit],
    );
  }

  /** Ends sessions of a person: the one named, or all but the one excepted. Answers the ids of those that ended now. */
  async revoke(em: EntityManager, userId: string, which: { id?: string; except?: string }, reason: string): Promise<string[]> {
    const ended = await rows<{ id: string }>(
      em,
      `UPDATE session SET revoked_at = now(), revoked_reason = $4
       WHERE user_id = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR id = $2) AND ($3::uuid IS NULL OR id <> $3) RETURNING id`,
      [userId, which.id ?? null, which.except ?? null, reason],
    );
    return ended.map((row) => row.id);
  }

  /** Ids revoked during the last `seconds`. */
  async revokedWithin(em: EntityManager, seconds: number): Promise<string[]> {
    return (await rows<{ id: string }>(em, 'SELECT id FROM session WHERE revoked_at > now() - make_interval(secs => $1)', [seconds])).map((row) => row.id);
  }

  async touch(em: EntityManager, uses: readonly Use[]): Promise<void> {
    await rows(
      em,
      `UPDATE session s SET last_used_at = greatest(s.last_used_at, u.at), ip = u.ip FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS u(id, at, ip) WHERE s.id = u.id`,
      [uses.map((u) => u.id), uses.map((u) => u.at), uses.map((u) => u.ip)],
    );
  }

  /** Sessions that ended more than 30 days ago, their refresh tokens with them. */
  async deleteEnded(em: EntityManager): Promise<void> {
    await rows(
      em,
      `DELETE FROM session WHERE expires_at < now() - interval '30 days' OR revoked_at < now() - interval '30 days' OR (kind = 'cookie' AND last_used_at < now() - interval '37 days')`,
    );
    await rows(em, `DELETE FROM refresh_token WHERE expires_at < now() - interval '1 day'`);
  }

  async insertToken(em: EntityManager, t: NewRefreshToken): Promise<void> {
    await rows(
      em,
      'INSERT INTO refresh_token (id, session_id, parent_id, token_hash, expires_at) VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5::float8 / 1000))',
      [t.id, t.sessionId, t.parentId, t.hash, t.lifeMs],
    );
  }

  /** The token under the lock of its session, which orders all refreshes of a family. */
  async lockToken(em: EntityManager, hash: Buffer): Promise<LockedToken | undefined> {
    await rows(em, 'SELECT 1 FROM session WHERE id = (SELECT session_id FROM refresh_token WHERE token_hash = $1) FOR UPDATE', [hash]);
    const found = await rows<LockedToken>(
      em,
      `SELECT r.id, r.parent_id AS "parentId", r.session_id AS "sessionId", r.used_at AS "usedAt", r.used_by AS "usedBy", r.expires_at AS "expiresAt",
              s.user_id AS "userId", s.acting_tenant_id AS "tenantId", s.revoked_at AS "sessionRevokedAt", s.expires_at AS "sessionExpiresAt", clock_timestamp() AS now
       FROM refresh_token r JOIN session s ON s.id = r.session_id WHERE r.token_hash = $1`,
      [hash],
    );
    return found[0];
  }

  /** Spends a token together with its siblings: of two that a race produced, only one line goes on. */
  async spend(em: EntityManager, token: LockedToken, client: Buffer): Promise<void> {
    await rows(em, 'UPDATE refresh_token SET used_at = clock_timestamp(), used_by = $3 WHERE used_at IS NULL AND (id = $1 OR parent_id = $2)', [
      token.id,
      token.parentId,
      client,
    ]);
  }

  async extend(em: EntityManager, sessionId: string, ip: string, lifeMs: number): Promise<void> {
    await rows(em, 'UPDATE session SET last_used_at = now(), ip = $2, expires_at = now() + make_interval(secs => $3::float8 / 1000) WHERE id = $1', [
      sessionId,
      ip,
      lifeMs,
    ]);
  }
}
