import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Export } from './export.js';
import { toExport } from './exports.repository.js';

type Found = { tenantId: string; id: string };

@Injectable()
export class ExportsSystemRepository {
  /** Takes the oldest file that nobody writes, also one whose writer has died; null when there is none. */
  async claim(em: EntityManager, leaseSeconds: number): Promise<Export | null> {
    const [row] = await rows<Parameters<typeof toExport>[0]>(
      em,
      `UPDATE export SET status = 'running', attempts = attempts + 1, rows_written = 0, lease_until = now() + $1 * interval '1 second'
       WHERE (tenant_id, id) = (SELECT tenant_id, id FROM export WHERE status = 'queued' OR (status = 'running' AND lease_until < now()) ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING *`,
      [leaseSeconds],
    );
    return row ? toExport(row) : null;
  }

  /** Files whose time is over. */
  overdue(em: EntityManager, limit: number): Promise<Found[]> {
    return rows<Found>(em, `SELECT tenant_id AS "tenantId", id FROM export WHERE status = 'ready' AND expires_at <= now() ORDER BY expires_at LIMIT $1`, [
      limit,
    ]);
  }

  /** Periods of schedules whose file was given up, and that nobody ordered since. */
  missing(em: EntityManager): Promise<Found[]> {
    return rows<Found>(
      em,
      `SELECT tenant_id AS "tenantId", id FROM export e WHERE status = 'failed' AND schedule_id IS NOT NULL AND finished_at > now() - interval '30 days' AND NOT EXISTS (
         SELECT FROM export o WHERE o.tenant_id = e.tenant_id AND (o.format, o.from_at, o.to_at) = (e.format, e.from_at, e.to_at) AND o.status IN ('ready', 'expired')) LIMIT 1000`,
    );
  }

  /** Schedules whose period is over, long enough for what ended in it to have been written down. */
  dueSchedules(em: EntityManager, settleMinutes: number, limit: number): Promise<Found[]> {
    return rows<Found>(
      em,
      `SELECT tenant_id AS "tenantId", id FROM export_schedule WHERE next_at <= now() - $1 * interval '1 minute' ORDER BY next_at LIMIT $2`,
      [settleMinutes, limit],
    );
  }
}
