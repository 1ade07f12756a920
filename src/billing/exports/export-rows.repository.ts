import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { eachRow } from '../../platform/database/index.js';
import type { ChargeCategory } from '../charges/index.js';
import type { FocusCharge, FocusUsage } from './focus-row.js';
import type { JobRow } from './job-row.js';

export interface Span {
  tenantId: string;
  from: Date;
  to: Date;
}
/** Where a page begins: after this instant (with microseconds) and id. */
export interface Mark {
  at: string;
  id: string;
}
/** A page to be read: after a mark, so many rows. */
export interface Reading extends Span {
  after: Mark | null;
  limit: number;
}
type Take<T> = (row: T) => void;

interface Raw {
  id: string;
  job_id: string;
  hold_id: string | null;
  operation: string;
  model: string | null;
  team_id: string | null;
  user_id: string | null;
  key_id: string | null;
  gpu_class: string | null;
  capacity: string | null;
  state: JobRow['state'] | null;
  reason: string | null;
  created_at: Date | null;
  closed_at: Date | null;
  charged_milli: string;
  occupied_us: string;
  cost_micros: string;
  attempts: number;
  price_list_version: number | null;
  rate_version: number | null;
  effective_micros?: string;
  mark: string;
}
interface RawCharge {
  id: string;
  category: ChargeCategory;
  description: string;
  amount: string;
  list: string;
  effective: string;
  credits: string | null;
  invoice_id: string | null;
  period_start: Date;
  period_end: Date;
  at: Date;
  recurring: boolean;
  correction: boolean;
  mark: string;
}

const FIRST = '00000000-0000-0000-0000-000000000000';
const EXACT = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS mark`;
const OF_ATTEMPTS = `count(*)::int AS attempts, coalesce(sum(u.occupied_us), 0) AS occupied_us, coalesce(sum(u.cost_micros), 0) AS cost_micros,
  (array_agg(u.gpu_class ORDER BY u.outcome = 'done' DESC, u.ended_at DESC))[1] AS gpu_class, (array_agg(u.capacity ORDER BY u.outcome = 'done' DESC, u.ended_at DESC))[1] AS capacity,
  max(u.rate_version) AS rate_version`;
const HOLD = `h.job_id, h.id AS hold_id, h.operation, h.model, h.team_id, h.user_id, h.key_id, h.state, h.reason, h.created_at, h.closed_at, h.charged_milli,
  (h.quote->>'priceListVersion')::int AS price_list_version`;
/** What the credits of a job had cost when they were bought; those that nobody paid for cost nothing. */
const EFFECTIVE = `(SELECT coalesce(sum(trunc(a.charged_milli::numeric * c.amount_micros / g.amount_milli)), 0) FROM hold_allocation a
  JOIN charge c ON c.tenant_id = a.tenant_id AND c.grant_id = a.grant_id JOIN credit_grant g ON g.tenant_id = a.tenant_id AND g.id = a.grant_id
  WHERE a.tenant_id = h.tenant_id AND a.job_id = h.job_id)`;

/**
 * Pages of rows in an order that a later page can go on from, so that no transaction lives as long as a file. Rows are handed over as they arrive and never
 * kept, so that none grows old in memory. Each returns where the next page begins, null after the last.
 */
@Injectable()
export class ExportRowsRepository {
  /** Jobs that ended in the span, with what their attempts used in it. */
  ended(em: EntityManager, reading: Reading, take: Take<JobRow>): Promise<Mark | null> {
    return this.holds(em, reading, { attempts: 'u.ended_at >= $2 AND u.ended_at < $3', only: '', more: '' }, (raw) => take(toJobRow(raw)));
  }

  /** Jobs that did not end in the span, but attempts of theirs did. */
  others(em: EntityManager, { tenantId, from, to, after, limit }: Reading, take: Take<JobRow>): Promise<Mark | null> {
    return page<Raw>(
      em,
      `SELECT u.*, h.id AS hold_id, h.model, h.team_id, h.user_id, h.key_id, h.state, h.reason, h.created_at, NULL::timestamptz AS closed_at, 0 AS charged_milli,
         (h.quote->>'priceListVersion')::int AS price_list_version, u.job_id AS id, '' AS mark FROM (
         SELECT u.job_id, max(u.operation) AS operation, ${OF_ATTEMPTS} FROM usage_attempt u LEFT JOIN hold h ON h.tenant_id = u.tenant_id AND h.job_id = u.job_id
         WHERE u.tenant_id = $1 AND u.ended_at >= $2 AND u.ended_at < $3 AND u.job_id > $4 AND (h.closed_at >= $2 AND h.closed_at < $3) IS NOT TRUE GROUP BY u.job_id ORDER BY u.job_id LIMIT $5
       ) u LEFT JOIN hold h ON h.tenant_id = $1 AND h.job_id = u.job_id ORDER BY u.job_id`,
      [tenantId, from, to, after?.id ?? FIRST, limit],
      limit,
      (raw) => take(toJobRow(raw)),
    );
  }

  /** Jobs that ended in the span and were charged, with all that they used. */
  charged(em: EntityManager, reading: Reading, take: Take<FocusUsage>): Promise<Mark | null> {
    const parts = { attempts: 'true', only: 'AND h.charged_milli > 0', more: `, ${EFFECTIVE} AS effective_micros` };
    return this.holds(em, reading, parts, (raw) => take({ ...toJobRow(raw), endedAt: raw.closed_at!, effectiveMicros: BigInt(raw.effective_micros!) }));
  }

  /** Charges; credits that were given, not bought; credits that lapsed, and those that were used although their price went back, at what they had cost. */
  charges(em: EntityManager, { tenantId, from, to, after, limit }: Reading, take: Take<FocusCharge>): Promise<Mark | null> {
    return page<RawCharge>(
      em,
      `SELECT *, ${EXACT('at')} FROM (
         SELECT id, category::text, description, amount_micros AS amount, coalesce(list_micros, amount_micros) AS list, CASE WHEN category = 'purchase' OR refund_of IS NOT NULL THEN 0 ELSE amount_micros END AS effective,
           credits_milli AS credits, invoice_id, period_start, period_end, charged_at AS at, recurring, correction FROM charge WHERE tenant_id = $1 AND charged_at >= $2 AND charged_at < $3
         UNION ALL
         SELECT g.id, 'credit', g.reason, 0, 0, 0, g.amount_milli, NULL, g.created_at, g.created_at + interval '1 second', g.created_at, g.kind = 'plan', false FROM credit_grant g
         WHERE g.tenant_id = $1 AND g.created_at >= $2 AND g.created_at < $3 AND NOT EXISTS (SELECT FROM charge c WHERE c.tenant_id = g.tenant_id AND c.grant_id = g.id)
         UNION ALL
         SELECT l.id, 'adjustment', CASE WHEN l.lapsed_milli > 0 THEN 'Lapsed unused: ' WHEN l.repaid_milli > 0 THEN 'Used, and its price went back: ' ELSE 'Price came back: ' END || g.reason,
           0, 0, coalesce(trunc((l.lapsed_milli - l.repaid_milli)::numeric * c.amount_micros / g.amount_milli), 0), nullif(l.lapsed_milli, 0), NULL,
           l.changed_at, l.changed_at + interval '1 second', l.changed_at, false, false
         FROM grant_change l JOIN credit_grant g ON g.tenant_id = l.tenant_id AND g.id = l.grant_id LEFT JOIN charge c ON c.tenant_id = l.tenant_id AND c.grant_id = l.grant_id
         WHERE l.tenant_id = $1 AND l.changed_at >= $2 AND l.changed_at < $3 AND (l.lapsed_milli > 0 OR c.id IS NOT NULL)
       ) AS asked WHERE at >= $4 AND (at, id) > ($4::timestamptz, $5::uuid) ORDER BY at, id LIMIT $6`,
      [tenantId, from, to, after?.at ?? from, after?.id ?? FIRST, limit],
      limit,
      (raw) => take(toCharge(raw)),
    );
  }

  private holds(
    em: EntityManager,
    { tenantId, from, to, after, limit }: Reading,
    { attempts, only, more }: { attempts: string; only: string; more: string },
    take: Take<Raw>,
  ): Promise<Mark | null> {
    return page<Raw>(
      em,
      `WITH page AS MATERIALIZED (
         SELECT * FROM hold h WHERE h.tenant_id = $1 AND h.closed_at >= $2 AND h.closed_at < $3 AND h.closed_at >= $4 AND (h.closed_at, h.job_id) > ($4::timestamptz, $5::uuid) ${only}
         ORDER BY h.closed_at, h.job_id LIMIT $6
       )
       SELECT ${HOLD}, used.*, h.job_id AS id, ${EXACT('h.closed_at')}${more} FROM page h CROSS JOIN LATERAL (
         SELECT ${OF_ATTEMPTS} FROM usage_attempt u WHERE u.tenant_id = h.tenant_id AND u.job_id = h.job_id AND ${attempts}
       ) used ORDER BY h.closed_at, h.job_id`,
      [tenantId, from, to, after?.at ?? from, after?.id ?? FIRST, limit],
      limit,
      take,
    );
  }
}

async function page<R extends { mark: string; id: string }>(
  em: EntityManager,
  sql: string,
  parameters: readonly unknown[],
  limit: number,
  take: Take<R>,
): Promise<Mark | null> {
  let count = 0;
  let last: R | undefined;
  await eachRow<R>(em, sql, parameters, (raw) => {
    count++;
    last = raw;
    take(raw);
  });
  return last && count === limit ? { at: last.mark, id: last.id } : null;
}

const toJobRow = (raw: Raw): JobRow => ({
  jobId: raw.job_id,
  holdId: raw.hold_id,
  operation: raw.operation,
  model: raw.model,
  teamId: raw.team_id,
  userId: raw.user_id,
  keyId: raw.key_id,
  gpuClass: raw.gpu_class,
  capacity: raw.capacity,
  state: raw.state ?? 'open',
  reason: raw.reason,
  createdAt: raw.created_at,
  endedAt: raw.closed_at,
  chargedMilli: BigInt(raw.charged_milli),
  occupiedUs: BigInt(raw.occupied_us),
  costMicros: BigInt(raw.cost_micros),
  attempts: raw.attempts,
  priceListVersion: raw.price_list_version,
  rateCardVersion: raw.rate_version,
});

const toCharge = (raw: RawCharge): FocusCharge => ({
  category: raw.category,
  description: raw.description,
  amountMicros: BigInt(raw.amount),
  listMicros: BigInt(raw.list),
  effectiveMicros: BigInt(raw.effective),
  creditsMilli: raw.credits === null ? null : BigInt(raw.credits),
  invoiceId: raw.invoice_id,
  periodStart: raw.period_start,
  periodEnd: raw.period_end,
  at: raw.at,
  recurring: raw.recurring,
  correction: raw.correction,
});
