import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../database/index.js';
import type { MailView } from './message.js';

const COLUMNS = `tenant_id AS "tenantId", id, to_address AS "to", subject, body_text AS text, body_html AS html, status, attempts, last_error AS "lastError",
  created_at AS "createdAt", to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "cursorAt", sent_at AS "sentAt"`;

@Injectable()
export class MailSystemRepository {
  /** Ids of messages whose time has come. */
  async due(em: EntityManager, limit: number): Promise<string[]> {
    const found = await rows<{ id: string }>(em, `SELECT id FROM mail_message WHERE status = 'pending' AND due_at <= now() ORDER BY due_at LIMIT $1`, [limit]);
    return found.map((row) => row.id);
  }

  /** Takes a due message for one try, `leaseSeconds` long; null when it is sent, given up, or somebody else's at the moment. */
  async take(em: EntityManager, id: string, leaseSeconds: number): Promise<MailView | null> {
    const [taken] = await rows<MailView>(
      em,
      `UPDATE mail_message SET attempts = attempts + 1, due_at = now() + $2 * interval '1 second' WHERE id = $1 AND status = 'pending' AND due_at <= now() RETURNING ${COLUMNS}`,
      [id, leaseSeconds],
    );
    return taken ?? null;
  }

  /** `elsewhere`: it has left for its addressee. What a link carries in its fragment is a secret between the two from then on. */
  async markSent(em: EntityManager, id: string, elsewhere: boolean): Promise<void> {
    const blank = (column: string): string =>
      `${column} = CASE WHEN $2 THEN regexp_replace(${column}, '(https?://[^[:space:]"<>#]*#)[^[:space:]"<>]+', '\\1…', 'g') ELSE ${column} END`;
    await rows(em, `UPDATE mail_message SET status = 'sent', sent_at = now(), last_error = NULL, ${blank('body_text')}, ${blank('body_html')} WHERE id = $1`, [
      id,
      elsewhere,
    ]);
  }

  async markFailed(em: EntityManager, id: string, error: string, retrySeconds: number | null): Promise<void> {
    await rows(
      em,
      `UPDATE mail_message SET last_error = $2, status = CASE WHEN $3::int IS NULL THEN 'failed' ELSE 'pending' END, due_at = now() + coalesce($3::int, 0) * interval '1 second' WHERE id = $1`,
      [id, error.slice(0, 500), retrySeconds],
    );
  }

  list(em: EntityManager, filter: { after?: { at: string; id: string }; limit: number }): Promise<MailView[]> {
    return rows<MailView>(
      em,
      `SELECT ${COLUMNS} FROM mail_message WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1::timestamptz, $2::uuid) ORDER BY created_at DESC, id DESC LIMIT $3`,
      [filter.after?.at ?? null, filter.after?.id ?? null, filter.limit],
    );
  }
}
