import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Budget, BudgetAlert, BudgetPeriod, BudgetScope, BudgetSpan, BudgetTerms, BudgetView } from './budget.js';
import type { Claim, Span } from './rehearsal.js';

type Micros = { cursorAt: string };
interface After {
  after: { at: string; id: string } | null;
  limit: number;
}
interface SpanRow {
  starts_at: Date;
  ends_at: Date;
  held_milli: string;
  spent_milli: string;
  raised_milli: string;
}
interface BudgetRow extends SpanRow {
  id: string;
  name: string;
  scope: BudgetScope;
  subject_id: string;
  period: BudgetPeriod;
  hard: boolean;
  limit_milli: string;
  limit_micros: string | null;
  credit_micros: string | null;
  thresholds: number[];
  forecast: boolean;
  created_at: Date;
  zone: string;
  forecast_milli: string | null;
  cursor_at: string;
}
interface AlertRow {
  id: string;
  budget_id: string;
  name: string;
  scope: BudgetScope;
  subject_id: string;
  hard: boolean;
  period: BudgetPeriod;
  threshold: string;
  starts_at: Date;
  ends_at: Date;
  zone: string;
  spent_milli: string;
  limit_milli: string;
  forecast_milli: string | null;
  created_at: Date;
  cursor_at: string;
}

const micros = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS cursor_at`;
/** The running period as it is counted, or as it will be once somebody spends in it. */
const VIEW = `SELECT b.id, b.name, b.scope, b.subject_id, b.period, b.hard, b.limit_milli, b.limit_micros, b.credit_micros, b.thresholds, b.forecast, b.created_at,
    coalesce(c.zone, z.zone) AS zone, s.starts_at, s.ends_at, coalesce(c.held_milli, 0) AS held_milli, coalesce(c.spent_milli, 0) AS spent_milli, coalesce(c.raised_milli, 0) AS raised_milli,
    budget_forecast(coalesce(c.spent_milli, 0), b.created_at, s.starts_at, s.ends_at, now()) AS forecast_milli, ${micros('b.created_at')}
  FROM (SELECT budget_zone($1) AS zone) z CROSS JOIN budget b
  LEFT JOIN budget_counter c ON c.tenant_id = b.tenant_id AND c.budget_id = b.id AND c.starts_at <= now() AND c.ends_at > now()
  CROSS JOIN LATERAL budget_period_at(z.zone, b.period, now()) AS p
  CROSS JOIN LATERAL (SELECT coalesce(c.starts_at, p.starts_at) AS starts_at, coalesce(c.ends_at, p.ends_at) AS ends_at) AS s
  WHERE b.tenant_id = $1 AND b.deleted_at IS NULL`;
const ALERT = `a.id, a.budget_id, b.name, b.scope, b.subject_id, b.hard, b.period, a.threshold, a.starts_at, c.ends_at, c.zone, a.spent_milli, a.limit_milli, a.forecast_milli, a.created_at`;

@Injectable()
export class BudgetsRepository {
  /** Newest first; `subjects`: only those of these people, teams and keys, null: all. */
  async list(em: EntityManager, tenantId: string, subjects: readonly string[] | null, { after, limit }: After): Promise<(BudgetView & Micros)[]> {
    const found = await rows<BudgetRow>(
      em,
      `${VIEW} AND ($2::uuid[] IS NULL OR b.subject_id = ANY ($2)) AND ($3::timestamptz IS NULL OR (b.created_at, b.id) < ($3, $4::uuid))
       ORDER BY b.created_at DESC, b.id DESC LIMIT $5`,
      [tenantId, subjects, after?.at ?? null, after?.id ?? null, limit],
    );
    return found.map((row) => ({ ...toView(row), cursorAt: row.cursor_at }));
  }

  async find(em: EntityManager, tenantId: string, id: string): Promise<BudgetView | null> {
    const [row] = await rows<BudgetRow>(em, `${VIEW} AND b.id = $2`, [tenantId, id]);
    return row ? toView(row) : null;
  }

  /** Whether the database can cut periods by the tenant's zone. */
  async zoneKnown(em: EntityManager, zone: string): Promise<boolean> {
    return (await rows(em, 'SELECT 1 FROM pg_timezone_names WHERE name = $1', [zone])).length > 0;
  }

  async count(em: EntityManager, tenantId: string): Promise<number> {
    const [row] = await rows<{ n: number }>(em, 'SELECT count(*)::int AS n FROM budget WHERE tenant_id = $1 AND deleted_at IS NULL', [tenantId]);
    return row!.n;
  }

  async insert(em: EntityManager, tenantId: string, budget: Omit<Budget, 'createdAt'>, by: string): Promise<void> {
    await rows(
      em,
      `INSERT INTO budget (tenant_id, id, name, scope, subject_id, period, hard, limit_milli, limit_micros, credit_micros, thresholds, forecast, created_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [tenantId, budget.id, budget.name, budget.scope, budget.subjectId, budget.period, ...terms(budget), by],
    );
  }

  async update(em: EntityManager, tenantId: string, id: string, name: string, change: BudgetTerms): Promise<void> {
    await rows(
      em,
      `UPDATE budget SET name = $3, hard = $4, limit_milli = $5, limit_micros = $6, credit_micros = $7, thresholds = $8, forecast = $9 WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, name, ...terms(change)],
    );
  }

  async delete(em: EntityManager, tenantId: string, id: string): Promise<void> {
    await rows(em, 'UPDATE budget SET deleted_at = now() WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL', [tenantId, id]);
  }

  /** Newest first. */
  async history(em: EntityManager, tenantId: string, id: string, limit: number): Promise<BudgetSpan[]> {
    const found = await rows<SpanRow>(
      em,
      `SELECT starts_at, ends_at, held_milli, spent_milli, raised_milli FROM budget_counter WHERE tenant_id = $1 AND budget_id = $2 ORDER BY starts_at DESC LIMIT $3`,
      [tenantId, id, limit],
    );
    return found.map(toSpan);
  }

  /** Writes the alerts that are due and were not raised before, and returns them. Of two who do it at once, each alert comes to one. */
  async raiseAlerts(em: EntityManager, tenantId: string): Promise<BudgetAlert[]> {
    const found = await rows<AlertRow>(
      em,
      `WITH raised AS (
         INSERT INTO budget_alert (tenant_id, budget_id, starts_at, threshold, spent_milli, limit_milli, forecast_milli)
         SELECT d.tenant_id, d.budget_id, d.starts_at, d.threshold, d.spent_milli, d.limit_milli, d.forecast_milli FROM budget_alerts_due d WHERE d.tenant_id = $1
         ORDER BY d.budget_id, d.starts_at, d.threshold ON CONFLICT DO NOTHING RETURNING *)
       SELECT ${ALERT}, '' AS cursor_at FROM raised a JOIN budget b ON b.tenant_id = a.tenant_id AND b.id = a.budget_id
       JOIN budget_counter c ON c.tenant_id = a.tenant_id AND c.budget_id = a.budget_id AND c.starts_at = a.starts_at ORDER BY length(a.threshold), a.threshold`,
      [tenantId],
    );
    return found.map(toAlert);
  }

  /** In the order in which they were raised. */
  async alertsSince(em: EntityManager, tenantId: string, since: Date): Promise<BudgetAlert[]> {
    const found = await rows<AlertRow>(
      em,
      `SELECT ${ALERT}, '' AS cursor_at FROM budget_alert a JOIN budget b ON b.tenant_id = a.tenant_id AND b.id = a.budget_id
       JOIN budget_counter c ON c.tenant_id = a.tenant_id AND c.budget_id = a.budget_id AND c.starts_at = a.starts_at
       WHERE a.tenant_id = $1 AND a.created_at >= $2 ORDER BY a.created_at, a.id`,
      [tenantId, since],
    );
    return found.map(toAlert);
  }

  /** Newest first; alerts of deleted budgets as well. */
  async alerts(em: EntityManager, tenantId: string, subjects: readonly string[] | null, { after, limit }: After): Promise<(BudgetAlert & Micros)[]> {
    const found = await rows<AlertRow>(
      em,
      `SELECT ${ALERT}, ${micros('a.created_at')} FROM budget_alert a JOIN budget b ON b.tenant_id = a.tenant_id AND b.id = a.budget_id
       JOIN budget_counter c ON c.tenant_id = a.tenant_id AND c.budget_id = a.budget_id AND c.starts_at = a.starts_at
       WHERE a.tenant_id = $1 AND ($2::uuid[] IS NULL OR b.subject_id = ANY ($2)) AND ($3::timestamptz IS NULL OR (a.created_at, a.id) < ($3, $4::uuid))
       ORDER BY a.created_at DESC, a.id DESC LIMIT $5`,
      [tenantId, subjects, after?.at ?? null, after?.id ?? null, limit],
    );
    return found.map((row) => ({ ...toAlert(row), cursorAt: row.cursor_at }));
  }

  /** The last whole month before now in the tenant's zone. */
  async lastMonth(em: EntityManager, tenantId: string): Promise<Span & { zone: string }> {
    const [row] = await rows<{ zone: string; starts_at: Date; ends_at: Date }>(
      em,
      `SELECT z.zone, p.starts_at, p.ends_at FROM (SELECT budget_zone($1) AS zone) z CROSS JOIN LATERAL budget_period_at(z.zone, 'month', now()) AS this
       CROSS JOIN LATERAL budget_period_at(z.zone, 'month', this.starts_at - interval '1 microsecond') AS p`,
      [tenantId],
    );
    return { zone: row!.zone, startsAt: row!.starts_at, endsAt: row!.ends_at };
  }

  /** The periods that touch a range, in order and without gaps. */
  async periods(em: EntityManager, zone: string, period: BudgetPeriod, from: Date, to: Date): Promise<Span[]> {
    const found = await rows<{ starts_at: Date; ends_at: Date }>(
      em,
      `WITH RECURSIVE span AS (
         SELECT p.starts_at, p.ends_at FROM budget_period_at($1, $2, $3) AS p
         UNION ALL SELECT p.starts_at, p.ends_at FROM span CROSS JOIN LATERAL budget_period_at($1, $2, span.ends_at) AS p WHERE span.ends_at < $4)
       SELECT starts_at, ends_at FROM span ORDER BY starts_at`,
      [zone, period, from, to],
    );
    return found.map((row) => ({ startsAt: row.starts_at, endsAt: row.ends_at }));
  }

  /** Holds made in a range that such a budget would have counted, in order. */
  async claims(em: EntityManager, tenantId: string, scope: BudgetScope, subjectId: string, from: Date, to: Date, limit: number): Promise<Claim[]> {
    const found = await rows<{ created_at: Date; closed_at: Date | null; amount_milli: string; charged_milli: string }>(
      em,
      `SELECT created_at, closed_at, amount_milli, charged_milli FROM hold WHERE tenant_id = $1 AND created_at >= $4 AND created_at < $5
       AND CASE $2 WHEN 'tenant' THEN true WHEN 'team' THEN team_id = $3 WHEN 'user' THEN user_id = $3 ELSE key_id = $3 END ORDER BY created_at, job_id LIMIT $6`,
      [tenantId, scope, subjectId, from, to, limit],
    );
    return found.map((row) => ({
      at: row.created_at,
      closedAt: row.closed_at,
      amountMilli: BigInt(row.amount_milli),
      chargedMilli: BigInt(row.charged_milli),
    }));
  }
}

const terms = (t: Pick<BudgetTerms, 'hard' | 'limitMilli' | 'limitMicros' | 'creditMicros' | 'thresholds' | 'forecast'>): unknown[] => [
  t.hard,
  t.limitMilli,
  t.limitMicros,
  t.creditMicros,
  t.thresholds,
  t.forecast,
];

const optional = (value: string | null): bigint | null => (value === null ? null : BigInt(value));

const toSpan = (row: SpanRow): BudgetSpan => ({
  startsAt: row.starts_at,
  endsAt: row.ends_at,
  heldMilli: BigInt(row.held_milli),
  spentMilli: BigInt(row.spent_milli),
  raisedMilli: BigInt(row.raised_milli),
});

const toView = (row: BudgetRow): BudgetView => ({
  id: row.id,
  name: row.name,
  scope: row.scope,
  subjectId: row.subject_id,
  period: row.period,
  hard: row.hard,
  limitMilli: BigInt(row.limit_milli),
  limitMicros: optional(row.limit_micros),
  creditMicros: optional(row.credit_micros),
  thresholds: row.thresholds,
  forecast: row.forecast,
  createdAt: row.created_at,
  timeZone: row.zone,
  current: toSpan(row),
  forecastMilli: optional(row.forecast_milli),
});

const toAlert = (row: AlertRow): BudgetAlert => ({
  id: row.id,
  budgetId: row.budget_id,
  budgetName: row.name,
  scope: row.scope,
  subjectId: row.subject_id,
  hard: row.hard,
  period: row.period,
  threshold: row.threshold,
  startsAt: row.starts_at,
  endsAt: row.ends_at,
  timeZone: row.zone,
  spentMilli: BigInt(row.spent_milli),
  limitMilli: BigInt(row.limit_milli),
  forecastMilli: optional(row.forecast_milli),
  createdAt: row.created_at,
});
