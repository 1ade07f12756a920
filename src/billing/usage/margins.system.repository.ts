import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { MarginGrouping } from './margins.dto.js';
import type { Overhead } from './overheads.port.js';
import type { UsageRange } from './range.js';

export interface Margin {
  /** Uuid or name, '' for none; of the total ''. */
  key: string;
  jobs: number;
  chargedMilli: bigint;
  costMicros: bigint;
  externalMicros: bigint;
  absorbedMicros: bigint;
  overheadMicros: bigint;
}

/** What rows are grouped by: an expression over holds, and one over attempts. Constants only. */
const KEYS: Readonly<Record<MarginGrouping, { hold: string; attempt: string }>> = {
  tenant: { hold: 'h.tenant_id::text', attempt: 'u.tenant_id::text' },
  job: { hold: 'h.job_id::text', attempt: 'u.job_id::text' },
  operation: { hold: 'h.operation', attempt: 'u.operation' },
  model: { hold: `coalesce(h.model, '')`, attempt: `coalesce(u.model, '')` },
  // The credits of a job count for the class that finished it; for none when it never ran.
  class: {
    hold: `coalesce((SELECT c.gpu_class FROM usage_attempt c WHERE c.tenant_id = h.tenant_id AND c.job_id = h.job_id ORDER BY c.outcome = 'done' DESC, c.ended_at DESC LIMIT 1), '')`,
    attempt: 'u.gpu_class',
  },
};

/** Credits of the holds that closed in the range beside the cost of the attempts that ended in it, over all tenants. */
@Injectable()
export class MarginsSystemRepository {
  /**
   * The first `limit` groups by revenue, with the number of groups and the sums over all of them. What a pool cost beside its attempts on a day is
   * shared by their load and work that ended there then; the parts are rounded so that they add up to the whole.
   */
  async read(
    em: EntityManager,
    by: MarginGrouping,
    { from, to }: UsageRange,
    limit: number,
    overheads: readonly Overhead[],
  ): Promise<{ rows: Margin[]; total: Margin; groups: number }> {
    const key = KEYS[by];
    const found = await rows<Record<'key' | 'jobs' | 'charged' | 'cost' | 'external' | 'absorbed' | 'overhead' | 'groups', string> & { is_total: boolean }>(
      em,
      `WITH ended AS (
         SELECT ${key.hold} AS key, count(*) AS jobs, sum(h.charged_milli) AS charged FROM hold h WHERE h.closed_at >= $1 AND h.closed_at < $2 GROUP BY 1
       ), worked AS (
         SELECT ${key.attempt} AS key, sum(u.cost_micros) AS cost, sum(u.absorbed_micros) AS absorbed, sum(u.cost_micros) FILTER (WHERE u.line = 'external') AS external
         FROM usage_attempt u WHERE u.ended_at >= $1 AND u.ended_at < $2 GROUP BY 1
       ), busy AS (
         SELECT ${key.attempt} AS key, u.pool_id, date_trunc('day', u.ended_at, 'UTC') AS day, sum(u.occupied_us) AS us
         FROM usage_attempt u WHERE u.ended_at >= $1 AND u.ended_at < $2 AND u.occupied_us > 0 GROUP BY 1, 2, 3
       ), parts AS (
         SELECT key, sum(own) OVER (ORDER BY key) AS upto, own FROM (
           SELECT key, sum(o.micros * b.us / b.all_us) AS own FROM (SELECT *, sum(us) OVER (PARTITION BY pool_id, day) AS all_us FROM busy) b
           JOIN (SELECT "poolId", date_trunc('day', day, 'UTC') AS day, sum(micros) AS micros
                 FROM jsonb_to_recordset($4::jsonb) AS x("poolId" uuid, day timestamptz, micros numeric) GROUP BY 1, 2) o ON o."poolId" = b.pool_id AND o.day = b.day
           GROUP BY key) AS p
       ), shared AS (
         SELECT key, round(upto) - round(upto - own) AS overhead FROM parts
       ), both_sides AS MATERIALIZED (
         SELECT key, coalesce(jobs, 0) AS jobs, coalesce(charged, 0) AS charged, coalesce(cost, 0) AS cost, coalesce(external, 0) AS external,
           coalesce(absorbed, 0) AS absorbed, coalesce(overhead, 0) AS overhead
         FROM ended FULL JOIN worked USING (key) LEFT JOIN shared USING (key)
       )
       SELECT true AS is_total, '' AS key, coalesce(sum(jobs), 0) AS jobs, coalesce(sum(charged), 0) AS charged, coalesce(sum(cost), 0) AS cost,
         coalesce(sum(external), 0) AS external, coalesce(sum(absorbed), 0) AS absorbed, coalesce(sum(overhead), 0) AS overhead, count(*) AS groups FROM both_sides
       UNION ALL (SELECT false, key, jobs, charged, cost, external, absorbed, overhead, 1 FROM both_sides ORDER BY charged DESC, cost DESC, key LIMIT $3)`,
      [from, to, limit, JSON.stringify(overheads.map(({ micros, ...at }) => ({ ...at, micros: String(micros) })))],
    );
    const margins = found.map((row) => ({
      isTotal: row.is_total,
      groups: Number(row.groups),
      margin: {
        key: row.key,
        jobs: Number(row.jobs),
        chargedMilli: BigInt(row.charged),
        costMicros: BigInt(row.cost),
        externalMicros: BigInt(row.external),
        absorbedMicros: BigInt(row.absorbed),
        overheadMicros: BigInt(row.overhead),
      },
    }));
    const total = margins.find(({ isTotal }) => isTotal)!;
    return { total: total.margin, groups: total.groups, rows: margins.filter(({ isTotal }) => !isTotal).map(({ margin }) => margin) };
  }
}
