import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import { PACKS, type PackId } from './packs.js';
import type { TopUp, TopUpTerms } from './top-up.js';

interface TopUpRow {
  enabled: boolean;
  threshold_milli: string;
  pack: PackId;
  day_max_micros: string;
  cool_down_minutes: number;
  declines: number;
  not_before: Date | null;
  stopped_because: string | null;
}

const COLUMNS = `enabled, threshold_milli, pack, day_max_micros, cool_down_minutes, declines, CASE WHEN not_before > now() THEN not_before END AS not_before, stopped_because`;

const toTopUp = (row: TopUpRow): TopUp => ({
  enabled: row.enabled,
  thresholdMilli: BigInt(row.threshold_milli),
  pack: row.pack,
  dayMaxMicros: BigInt(row.day_max_micros),
  coolDownMinutes: row.cool_down_minutes,
  declines: row.declines,
  notBefore: row.not_before,
  stoppedBecause: row.stopped_because,
});

/** The packs that the day's money still buys are due. */
export const PRICES = JSON.stringify(Object.fromEntries(Object.values(PACKS).map(({ id, priceMicros }) => [id, String(priceMicros)])));

@Injectable()
export class TopUpsRepository {
  async find(em: EntityManager, tenantId: string, lock = false): Promise<TopUp | null> {
    const [row] = await rows<TopUpRow>(em, `SELECT ${COLUMNS} FROM top_up WHERE tenant_id = $1${lock ? ' FOR UPDATE' : ''}`, [tenantId]);
    return row ? toTopUp(row) : null;
  }

  /** Whoever sets it begins anew: declines are forgotten. */
  async set(em: EntityManager, tenantId: string, t: TopUpTerms, by: string): Promise<void> {
    await rows(
      em,
      `INSERT INTO top_up (tenant_id, enabled, threshold_milli, pack, day_max_micros, cool_down_minutes, set_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (tenant_id) DO UPDATE SET enabled = $2, threshold_milli = $3, pack = $4, day_max_micros = $5, cool_down_minutes = $6, set_by = $7, set_at = now(),
         declines = 0, not_before = '-infinity', stopped_because = NULL`,
      [tenantId, t.enabled, t.thresholdMilli, t.pack, t.dayMaxMicros, t.coolDownMinutes, by],
    );
  }

  /** To be asked with the row locked: of many who ask, one is told the pack. */
  async due(em: EntityManager, tenantId: string): Promise<PackId | null> {
    const [row] = await rows<{ pack: PackId }>(em, 'SELECT pack FROM top_up_due WHERE tenant_id = $1 AND left_micros >= ($2::jsonb->>pack)::bigint', [
      tenantId,
      PRICES,
    ]);
    return row?.pack ?? null;
  }

  async noteOutcome(em: EntityManager, tenantId: string, o: { declines: number; waitSeconds: number; stoppedBecause: string | null }): Promise<void> {
    await rows(
      em,
      `UPDATE top_up SET declines = $2, not_before = CASE WHEN $3::int > 0 THEN now() + make_interval(secs => $3) ELSE '-infinity' END, stopped_because = $4,
         enabled = enabled AND $4::text IS NULL WHERE tenant_id = $1`,
      [tenantId, o.declines, o.waitSeconds, o.stoppedBecause],
    );
  }
}
