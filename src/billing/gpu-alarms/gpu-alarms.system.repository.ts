import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { GpuAlarm, GpuAlarmNews, GpuAlarmPeriod, GpuAlarmScope, NewGpuAlarm } from './gpu-alarm.js';

interface Row {
  id: string;
  name: string;
  scope: GpuAlarmScope;
  subject_id: string | null;
  period: GpuAlarmPeriod;
  limit_hours: number;
  thresholds: number[];
  created_at: Date;
  starts_at: Date;
  ends_at: Date;
  worked_us: string;
  told: number[];
}

@Injectable()
export class GpuAlarmsSystemRepository {
  /** Newest first. */
  async list(em: EntityManager): Promise<GpuAlarm[]> {
    const found = await rows<Row>(
      em,
      `SELECT s.*, ARRAY(SELECT t.threshold FROM gpu_alarm_told t WHERE t.alarm_id = s.id AND t.starts_at = s.starts_at ORDER BY t.threshold) AS told
       FROM gpu_alarm_state s ORDER BY s.created_at DESC, s.id DESC`,
    );
    return found.map((row) => ({
      id: row.id,
      name: row.name,
      scope: row.scope,
      subjectId: row.subject_id,
      period: row.period,
      limitHours: row.limit_hours,
      thresholds: row.thresholds,
      createdAt: row.created_at,
      startsAt: row.starts_at,
      endsAt: row.ends_at,
      workedUs: BigInt(row.worked_us),
      told: row.told,
    }));
  }

  /** Of many who make one at once, one counts after the other. */
  async countLocked(em: EntityManager): Promise<number> {
    await rows(em, `SELECT pg_advisory_xact_lock(hashtextextended('gpu_alarm', 0))`);
    return (await rows<{ n: number }>(em, 'SELECT count(*)::int AS n FROM gpu_alarm'))[0]!.n;
  }

  async insert(em: EntityManager, alarm: NewGpuAlarm, by: string): Promise<void> {
    await rows(em, 'INSERT INTO gpu_alarm (id, name, scope, subject_id, period, limit_hours, thresholds, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [
      alarm.id,
      alarm.name,
      alarm.scope,
      alarm.subjectId,
      alarm.period,
      alarm.limitHours,
      alarm.thresholds,
      by,
    ]);
  }

  /** False when there is none. */
  async delete(em: EntityManager, id: string): Promise<boolean> {
    return (await rows(em, 'DELETE FROM gpu_alarm WHERE id = $1 RETURNING id', [id])).length > 0;
  }

  /** Notes the thresholds that were passed and not told yet in the running period. Of two at once, each comes to one. */
  async raise(em: EntityManager): Promise<GpuAlarmNews[]> {
    const raised = await rows<{ name: string; threshold: number; limit_hours: number; worked_us: string; ends_at: Date }>(
      em,
      `WITH state AS MATERIALIZED (SELECT * FROM gpu_alarm_state), told AS (
         INSERT INTO gpu_alarm_told (alarm_id, starts_at, threshold, worked_us)
         SELECT s.id, s.starts_at, per_cent, s.worked_us FROM state s CROSS JOIN LATERAL unnest(s.thresholds) AS per_cent
         WHERE s.worked_us::numeric >= s.limit_hours * 36000000::numeric * per_cent
         ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING RETURNING alarm_id, threshold)
       SELECT s.name, told.threshold, s.limit_hours, s.worked_us, s.ends_at FROM told JOIN state s ON s.id = told.alarm_id ORDER BY s.name, told.threshold`,
    );
    return raised.map((row) => ({
      name: row.name,
      threshold: row.threshold,
      limitHours: row.limit_hours,
      workedUs: BigInt(row.worked_us),
      endsAt: row.ends_at,
    }));
  }
}
