import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Export, ExportWish, Schedule, Totals, Written } from './export.js';

interface ExportRow {
  tenant_id: string;
  id: string;
  schedule_id: string | null;
  format: Export['format'];
  from_at: Date;
  to_at: Date;
  time_zone: string;
  with_cost: boolean;
  status: Export['status'];
  attempts: number;
  rows_expected: string | null;
  rows_written: string;
  storage_key: string | null;
  bytes: string | null;
  sha256: string | null;
  totals: Record<keyof Totals, string> | null;
  error: string | null;
  created_at: Date;
  finished_at: Date | null;
  expires_at: Date | null;
}
interface ScheduleRow {
  tenant_id: string;
  id: string;
  format: Schedule['format'];
  every: Schedule['every'];
  time_zone: string;
  with_cost: boolean;
  created_by: string;
  created_at: Date;
  next_at: Date;
}

@Injectable()
export class ExportsRepository {
  /** False when the schedule has made the file of this period already. */
  async insert(em: EntityManager, tenantId: string, id: string, wish: ExportWish, by: string, scheduleId: string | null): Promise<boolean> {
    const made = await rows(
      em,
      `INSERT INTO export (tenant_id, id, schedule_id, format, from_at, to_at, time_zone, with_cost, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
       ON CONFLICT (tenant_id, schedule_id, from_at) WHERE schedule_id IS NOT NULL DO NOTHING RETURNING id`,
      [tenantId, id, scheduleId, wish.format, wish.from, wish.to, wish.timeZone, wish.withCost, by],
    );
    return made.length > 0;
  }

  async find(em: EntityManager, id: string): Promise<Export | null> {
    const [row] = await rows<ExportRow>(em, 'SELECT * FROM export WHERE id = $1', [id]);
    return row ? toExport(row) : null;
  }

  /** Those that people ordered and that are not ready; whoever orders one at the same time waits for this transaction. */
  async unfinishedLocked(em: EntityManager, tenantId: string): Promise<number> {
    await rows(em, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`exports of ${tenantId}`]);
    return (await rows<{ n: number }>(em, `SELECT count(*)::int AS n FROM export WHERE status IN ('queued', 'running') AND schedule_id IS NULL`))[0]!.n;
  }

  async list(em: EntityManager, limit: number, after: { at: string; id: string } | null): Promise<Export[]> {
    const found = await rows<ExportRow>(
      em,
      `SELECT * FROM export WHERE $1::timestamptz IS NULL OR (date_trunc('milliseconds', created_at), id) < ($1, $2::uuid) ORDER BY date_trunc('milliseconds', created_at) DESC, id DESC LIMIT $3`,
      [after?.at ?? null, after?.id ?? null, limit],
    );
    return found.map(toExport);
  }

  /** Says how far the writer is and keeps its lease. False: somebody else writes it by now. */
  async progress(em: EntityManager, { id, attempts }: Export, written: number, expected: number, leaseSeconds: number): Promise<boolean> {
    const kept = await rows(
      em,
      `UPDATE export SET rows_written = $3, rows_expected = $4, lease_until = now() + $5 * interval '1 second' WHERE id = $1 AND attempts = $2 AND status = 'running' RETURNING id`,
      [id, attempts, written, expected, leaseSeconds],
    );
    return kept.length > 0;
  }

  /** False: somebody else writes it by now. */
  async finish(em: EntityManager, { id, attempts }: Export, { storageKey, bytes, sha256, totals }: Written, keepDays: number): Promise<boolean> {
    const stored = JSON.stringify(totals, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    const done = await rows(
      em,
      `UPDATE export SET status = 'ready', rows_written = $3, rows_expected = $3, storage_key = $4, bytes = $5, sha256 = $6, totals = $7, error = NULL, lease_until = NULL,
         finished_at = now(), expires_at = now() + $8 * interval '1 day' WHERE id = $1 AND attempts = $2 AND status = 'running' RETURNING id`,
      [id, attempts, totals.rows, storageKey, bytes, sha256, stored, keepDays],
    );
    return done.length > 0;
  }

  /** Tried again after a while, or given up. False: it is ready, or somebody else writes it by now. */
  async fail(em: EntityManager, { id, attempts }: Export, error: string, retrySeconds: number | null): Promise<boolean> {
    const failed = await rows(
      em,
      `UPDATE export SET error = $3, status = CASE WHEN $4::int IS NULL THEN 'failed' ELSE 'running' END, lease_until = now() + $4 * interval '1 second',
         finished_at = CASE WHEN $4::int IS NULL THEN now() END WHERE id = $1 AND attempts = $2 AND status = 'running' RETURNING id`,
      [id, attempts, error.slice(0, 500), retrySeconds],
    );
    return failed.length > 0;
  }

  async expire(em: EntityManager, id: string): Promise<void> {
    await rows(em, `UPDATE export SET status = 'expired' WHERE id = $1 AND status = 'ready'`, [id]);
  }

  async insertSchedule(em: EntityManager, schedule: Omit<Schedule, 'createdAt'>): Promise<void> {
    await rows(
      em,
      'INSERT INTO export_schedule (tenant_id, id, format, every, time_zone, with_cost, created_by, next_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
      [schedule.tenantId, schedule.id, schedule.format, schedule.every, schedule.timeZone, schedule.withCost, schedule.createdBy, schedule.nextAt],
    );
  }

  /** How many there are; whoever makes one at the same time waits for this transaction. */
  async schedulesLocked(em: EntityManager, tenantId: string): Promise<number> {
    await rows(em, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`export schedules of ${tenantId}`]);
    return (await rows<{ n: number }>(em, 'SELECT count(*)::int AS n FROM export_schedule'))[0]!.n;
  }

  async schedules(em: EntityManager): Promise<Schedule[]> {
    return (await rows<ScheduleRow>(em, 'SELECT * FROM export_schedule ORDER BY created_at, id')).map(toSchedule);
  }

  async findSchedule(em: EntityManager, id: string): Promise<Schedule | null> {
    const [row] = await rows<ScheduleRow>(em, 'SELECT * FROM export_schedule WHERE id = $1 FOR UPDATE', [id]);
    return row ? toSchedule(row) : null;
  }

  async deleteSchedule(em: EntityManager, id: string): Promise<boolean> {
    return (await rows(em, 'DELETE FROM export_schedule WHERE id = $1 RETURNING id', [id])).length > 0;
  }

  async moveSchedule(em: EntityManager, id: string, nextAt: Date): Promise<void> {
    await rows(em, 'UPDATE export_schedule SET next_at = $2 WHERE id = $1', [id, nextAt]);
  }
}

export const toExport = (row: ExportRow): Export => ({
  tenantId: row.tenant_id,
  id: row.id,
  scheduleId: row.schedule_id,
  format: row.format,
  from: row.from_at,
  to: row.to_at,
  timeZone: row.time_zone,
  withCost: row.with_cost,
  status: row.status,
  attempts: row.attempts,
  rowsExpected: row.rows_expected === null ? null : Number(row.rows_expected),
  rowsWritten: Number(row.rows_written),
  storageKey: row.storage_key,
  bytes: row.bytes === null ? null : Number(row.bytes),
  sha256: row.sha256,
  totals: row.totals && {
    rows: Number(row.totals.rows),
    creditsMilli: BigInt(row.totals.creditsMilli),
    costMicros: BigInt(row.totals.costMicros),
    billedMicros: BigInt(row.totals.billedMicros),
    effectiveMicros: BigInt(row.totals.effectiveMicros),
  },
  error: row.error,
  createdAt: row.created_at,
  finishedAt: row.finished_at,
  expiresAt: row.expires_at,
});

const toSchedule = (row: ScheduleRow): Schedule => ({
  tenantId: row.tenant_id,
  id: row.id,
  format: row.format,
  every: row.every,
  timeZone: row.time_zone,
  withCost: row.with_cost,
  createdBy: row.created_by,
  createdAt: row.created_at,
  nextAt: row.next_at,
});
