import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Grouping, UsageRange } from './range.js';

export interface Figures {
  jobs: number;
  chargedMilli: bigint;
  occupiedUs: bigint;
  costMicros: bigint;
}
export interface FigureRow extends Figures {
  /** Number of the bucket, uuid, name, or '' for "none". */
  key: string;
  operation: string;
  /** When the last of it ended: ISO 8601 with microseconds. */
  lastAt: string;
}
export interface Question {
  tenantId: string;
  range: UsageRange;
  /** Only this person's; null: everybody's. */
  userId: string | null;
}

interface Row {
  key: string;
  operation: string | null;
  last_at: string;
  jobs: string;
  charged: string;
  occupied: string;
  cost: string;
}

/** What rows are grouped by: an expression over holds, and one over attempts. Constants only: nothing of a request is ever in the text. */
const KEYS: Readonly<Record<Grouping | 'total', { hold: string; attempt: string }>> = {
  total: { hold: `''`, attempt: `''` },
  day: { hold: 'width_bucket(h.closed_at, $5::timestamptz[])::text', attempt: 'width_bucket(u.ended_at, $5::timestamptz[])::text' },
  hour: { hold: 'width_bucket(h.closed_at, $5::timestamptz[])::text', attempt: 'width_bucket(u.ended_at, $5::timestamptz[])::text' },
  job: { hold: 'h.job_id::text', attempt: 'u.job_id::text' },
  operation: { hold: 'h.operation', attempt: 'u.operation' },
  model: { hold: `coalesce(h.model, '')`, attempt: `coalesce(u.model, '')` },
  user: { hold: `coalesce(h.user_id::text, '')`, attempt: `coalesce(u.user_id::text, '')` },
  // The credits of a job count for the class that finished it; for none when it never ran.
  class: {
    hold: `coalesce((SELECT c.gpu_class FROM usage_attempt c WHERE c.tenant_id = h.tenant_id AND c.job_id = h.job_id ORDER BY c.outcome = 'done' DESC, c.ended_at DESC LIMIT 1), '')`,
    attempt: 'u.gpu_class',
  },
};

@Injectable()
export class UsageReportsRepository {
  async totals(em: EntityManager, question: Question): Promise<Figures> {
    const [row] = await this.read(em, 'total', question, [], null);
    return row ?? { jobs: 0, chargedMilli: 0n, occupiedUs: 0n, costMicros: 0n };
  }

  /** Groups in the order of credits, then time. */
  groups(em: EntityManager, by: Exclude<Grouping, 'job'>, question: Question, boundaries: readonly Date[]): Promise<FigureRow[]> {
    return this.read(em, by, question, boundaries, null);
  }

  /** Jobs, newest first, below `after`. */
  jobs(em: EntityManager, question: Question, limit: number, after: { at: string; id: string } | null): Promise<FigureRow[]> {
    return this.read(em, 'job', question, [], { limit, after });
  }

  /** Credits of the holds that closed in the range beside seconds and cost of the attempts that ended in it. */
  private async read(
    em: EntityManager,
    by: Grouping | 'total',
    { tenantId, range, userId }: Question,
    boundaries: readonly Date[],
    paging: { limit: number; after: { at: string; id: string } | null } | null,
  ): Promise<FigureRow[]> {
    const key = KEYS[by];
    const parameters: unknown[] = [tenantId, range.from, range.to, userId, boundaries.map((at) => at.toISOString())];
    if (paging) parameters.push(paging.limit, paging.after?.at ?? null, paging.after?.id ?? null);
    const found = await rows<Row>(
      em,
      `WITH ended AS (
         SELECT ${key.hold} AS key, count(*) AS jobs, sum(h.charged_milli) AS charged, max(h.closed_at) AS last_at, max(h.operation) AS operation FROM hold h
         WHERE h.tenant_id = $1 AND h.closed_at >= $2 AND h.closed_at < $3 AND ($4::uuid IS NULL OR h.user_id = $4) GROUP BY 1
       ), worked AS (
         SELECT ${key.attempt} AS key, sum(u.occupied_us) AS occupied, sum(u.cost_micros) AS cost, max(u.ended_at) AS last_at, max(u.operation) AS operation FROM usage_attempt u
         WHERE u.tenant_id = $1 AND u.ended_at >= $2 AND u.ended_at < $3 AND ($4::uuid IS NULL OR u.user_id = $4) GROUP BY 1
       ), both_sides AS (
         SELECT key, coalesce(e.jobs, 0) AS jobs, coalesce(e.charged, 0) AS charged, coalesce(w.occupied, 0) AS occupied, coalesce(w.cost, 0) AS cost,
           coalesce(e.operation, w.operation) AS operation, coalesce(e.last_at, w.last_at) AS last_at
         FROM ended e FULL JOIN worked w USING (key)
       )
       SELECT key, jobs, charged, occupied, cost, operation, to_char(last_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS last_at FROM both_sides
       WHERE $5::timestamptz[] IS NOT NULL ${paging ? 'AND ($7::timestamptz IS NULL OR (both_sides.last_at, key) < ($7, $8)) ORDER BY both_sides.last_at DESC, key DESC LIMIT $6' : 'ORDER BY charged DESC, occupied DESC, key'}`,
      parameters,
    );
    return found.map((row) => ({
      key: row.key,
      operation: row.operation ?? '',
      lastAt: row.last_at,
      jobs: Number(row.jobs),
      chargedMilli: BigInt(row.charged),
      occupiedUs: BigInt(row.occupied),
      costMicros: BigInt(row.cost),
    }));
  }
}
