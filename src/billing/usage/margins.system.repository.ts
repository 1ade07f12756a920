import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { MarginGrouping } from './margins.dto.js';
import type { UsageRange } from './range.js';

export interface Margin {
  /** Uuid or name, '' for none; of the total ''. */
  key: string;
  jobs: number;
  chargedMilli: bigint;
  costMicros: bigint;
  externalMicros: bigint;
  absorbedMicros: bigint;
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
  /** The first `limit` groups by revenue, with the number of groups and the sums over all of them. */
  async read(em: EntityManager, by: MarginGrouping, { from, to }: UsageRange, limit: number): Promise<{ rows: Margin[]; total: Margin; groups: number }> {
    const key = KEYS[by];
    const found = await rows<Record<'key' | 'jobs' | 'charged' | 'cost' | 'external' | 'absorbed' | 'groups', string> & { is_total: boolean }>(
      em,
      `WITH ended AS (
         SELECT ${key.hold} AS key, count(*) AS jobs, sum(h.charged_milli) AS charged FROM hold h WHERE h.closed_at >= $1 AND h.closed_at < $2 GROUP BY 1
       ), worked AS (
         SELECT ${key.attempt} AS key, sum(u.cost_micros) AS cost, sum(u.absorbed_micros) AS absorbed, sum(u.cost_micros) FILTER (WHERE u.line = 'external') AS external
         FROM usage_attempt u WHERE u.ended_at >= $1 AND u.ended_at < $2 GROUP BY 1
       ), both_sides AS MATERIALIZED (
         SELECT key, coalesce(jobs, 0) AS jobs, coalesce(charged, 0) AS charged, coalesce(cost, 0) AS cost, coalesce(external, 0) AS external, coalesce(absorbed, 0) AS absorbed
         FROM ended FULL JOIN worked USING (key)
       )
       SELECT true AS is_total, '' AS key, coalesce(sum(jobs), 0) AS jobs, coalesce(sum(charged), 0) AS charged, coalesce(sum(cost), 0) AS cost,
         coalesce(sum(external), 0) AS external, coalesce(sum(absorbed), 0) AS absorbed, count(*) AS groups FROM both_sides
       UNION ALL (SELECT false, key, jobs, charged, cost, external, absorbed, 1 FROM both_sides ORDER BY charged DESC, cost DESC, key LIMIT $3)`,
      [from, to, limit],
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
      },
    }));
    const total = margins.find(({ isTotal }) => isTotal)!;
    return { total: total.margin, groups: total.groups, rows: margins.filter(({ isTotal }) => !isTotal).map(({ margin }) => margin) };
  }
}
