import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Dimension, Grouping, UsageRange } from './range.js';

export interface Figures {
  jobs: number;
  chargedMilli: bigint;
  occupiedUs: bigint;
  costMicros: bigint;
}
export interface FigureRow extends Figures {
  /** One per grouping: number of the bucket, uuid, name, or '' for "none". */
  keys: string[];
  operation: string;
  /** When the last of it ended: ISO 8601 with microseconds. */
  lastAt: string;
}
export interface Question {
  tenantId: string;
  range: UsageRange;
  /** Only what has this value: a uuid, a name, or '' for "none". */
  filters: Partial<Record<Dimension, string>>;
}

interface Row {
  keys: string[];
  operation?: string | null;
  last_at?: string;
  jobs: string;
  charged: string;
  occupied: string;
  cost: string;
}

const BUCKET_PARAMETER = 4;
const bucket = (at: string): string => `width_bucket(${at}, $${BUCKET_PARAMETER}::timestamptz[])::text`;
// The credits of a job count for the class that finished it; for none when it never ran.
const CLASS_OF_HOLD = `coalesce((SELECT c.gpu_class FROM usage_attempt c WHERE c.tenant_id = h.tenant_id AND c.job_id = h.job_id ORDER BY c.outcome = 'done' DESC, c.ended_at DESC LIMIT 1), '')`;

/** What rows are grouped by: an expression over holds, and one over attempts. Constants only: nothing of a request is ever in the text. */
const KEYS: Readonly<Record<Grouping, { hold: string; attempt: string }>> = {
  day: { hold: bucket('h.closed_at'), attempt: bucket('u.ended_at') },
  hour: { hold: bucket('h.closed_at'), attempt: bucket('u.ended_at') },
  job: { hold: 'h.job_id::text', attempt: 'u.job_id::text' },
  operation: { hold: 'h.operation', attempt: 'u.operation' },
  model: { hold: `coalesce(h.model, '')`, attempt: `coalesce(u.model, '')` },
  team: { hold: `coalesce(h.team_id::text, '')`, attempt: `coalesce(u.team_id::text, '')` },
  user: { hold: `coalesce(h.user_id::text, '')`, attempt: `coalesce(u.user_id::text, '')` },
  key: { hold: `coalesce(h.key_id::text, '')`, attempt: `coalesce(u.key_id::text, '')` },
  class: { hold: CLASS_OF_HOLD, attempt: 'u.gpu_class' },
};
/** Of the slots: which dimension is summed up there, and how a note that waits for them says it. */
const SLOT_VALUES: Partial<Record<Dimension | 'all', string>> = {
  all: `''`,
  operation: 'p.operation',
  model: `coalesce(p.model, '')`,
  team: `coalesce(p.team_id::text, '')`,
  user: `coalesce(p.user_id::text, '')`,
  key: `coalesce(p.key_id::text, '')`,
};

const SLOT_MS = 900_000;
const isTime = (by: Grouping): by is 'day' | 'hour' => by === 'day' || by === 'hour';
const USED = 'jobs <> 0 OR charged <> 0 OR occupied <> 0 OR cost <> 0';

@Injectable()
export class UsageReportsRepository {
  async totals(em: EntityManager, question: Question): Promise<Figures> {
    const [row] = await this.groups(em, [], question, []);
    return row ?? { jobs: 0, chargedMilli: 0n, occupiedUs: 0n, costMicros: 0n };
  }

  /** Groups in the order of credits. From the slots where they have the answer, else from the rows themselves: the same figures. */
  async groups(em: EntityManager, by: readonly Grouping[], question: Question, boundaries: readonly Date[]): Promise<FigureRow[]> {
    const dimension = slotDimension(by, question, boundaries);
    return dimension === null ? this.fromRows(em, by, question, boundaries, null) : this.fromSlots(em, by, question, boundaries, dimension);
  }

  /** Jobs, newest first, below `after`. */
  jobs(em: EntityManager, question: Question, limit: number, after: { at: string; id: string } | null): Promise<FigureRow[]> {
    return this.fromRows(em, ['job'], question, [], { limit, after });
  }

  private async fromSlots(
    em: EntityManager,
    by: readonly Grouping[],
    { tenantId, range, filters }: Question,
    boundaries: readonly Date[],
    dimension: Dimension | 'all',
  ): Promise<FigureRow[]> {
    const keys = by.map((grouping) => (isTime(grouping) ? bucket('at') : 'value'));
    const found = await rows<Row>(
      em,
      `WITH used AS (
         SELECT slot AS at, value, jobs, charged_milli, occupied_us, cost_micros FROM usage_slot WHERE tenant_id = $1 AND dimension = $5 AND slot >= $2 AND slot < $3 AND ($6::text IS NULL OR value = $6)
         UNION ALL
         SELECT p.at, ${SLOT_VALUES[dimension]}, p.jobs, p.charged_milli, p.occupied_us, p.cost_micros FROM usage_pending p
         WHERE p.tenant_id = $1 AND p.at >= $2 AND p.at < $3 AND ($6::text IS NULL OR ${SLOT_VALUES[dimension]} = $6)
       ), summed AS (
         SELECT ARRAY[${keys.join(', ')}]::text[] AS keys, sum(jobs) AS jobs, sum(charged_milli) AS charged, sum(occupied_us) AS occupied, sum(cost_micros) AS cost FROM used GROUP BY 1
       )
       SELECT keys, jobs, charged, occupied, cost FROM summed WHERE $${BUCKET_PARAMETER}::timestamptz[] IS NOT NULL AND (${USED}) ORDER BY charged DESC, occupied DESC, keys`,
      [tenantId, range.from, range.to, boundaries.map((at) => at.toISOString()), dimension, dimension === 'all' ? null : (filters[dimension] ?? null)],
    );
    return found.map(toFigures);
  }

  /** Credits of the holds that closed in the range beside seconds and cost of the attempts that ended in it. */
  private async fromRows(
    em: EntityManager,
    by: readonly Grouping[],
    { tenantId, range, filters }: Question,
    boundaries: readonly Date[],
    paging: { limit: number; after: { at: string; id: string } | null } | null,
  ): Promise<FigureRow[]> {
    const parameters: unknown[] = [tenantId, range.from, range.to, boundaries.map((at) => at.toISOString())];
    const narrowed = Object.entries(filters).map(([dimension, value]) => ({ ...KEYS[dimension as Dimension], parameter: `$${parameters.push(value)}` }));
    const only = (side: 'hold' | 'attempt'): string => narrowed.map((filter) => ` AND ${filter[side]} = ${filter.parameter}`).join('');
    const keys = (side: 'hold' | 'attempt'): string => `ARRAY[${by.map((grouping) => KEYS[grouping][side]).join(', ')}]::text[]`;
    const order = paging
      ? `AND ($${parameters.push(paging.after?.at ?? null)}::timestamptz IS NULL OR (both_sides.last_at, keys[1]) < ($${parameters.length}, $${parameters.push(paging.after?.id ?? null)}))
         ORDER BY both_sides.last_at DESC, keys DESC LIMIT $${parameters.push(paging.limit)}`
      : `AND (${USED}) ORDER BY charged DESC, occupied DESC, keys`;
    const found = await rows<Row>(
      em,
      `WITH ended AS (
         SELECT ${keys('hold')} AS keys, count(*) AS jobs, sum(h.charged_milli) AS charged, max(h.closed_at) AS last_at, max(h.operation) AS operation FROM hold h
         WHERE h.tenant_id = $1 AND h.closed_at >= $2 AND h.closed_at < $3${only('hold')} GROUP BY 1
       ), worked AS (
         SELECT ${keys('attempt')} AS keys, sum(u.occupied_us) AS occupied, sum(u.cost_micros) AS cost, max(u.ended_at) AS last_at, max(u.operation) AS operation FROM usage_attempt u
         WHERE u.tenant_id = $1 AND u.ended_at >= $2 AND u.ended_at < $3${only('attempt')} GROUP BY 1
       ), both_sides AS (
         SELECT keys, coalesce(e.jobs, 0) AS jobs, coalesce(e.charged, 0) AS charged, coalesce(w.occupied, 0) AS occupied, coalesce(w.cost, 0) AS cost,
           coalesce(e.operation, w.operation) AS operation, coalesce(e.last_at, w.last_at) AS last_at
         FROM ended e FULL JOIN worked w USING (keys)
       )
       SELECT keys, jobs, charged, occupied, cost, operation, to_char(last_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS last_at FROM both_sides
       WHERE $${BUCKET_PARAMETER}::timestamptz[] IS NOT NULL ${order}`,
      parameters,
    );
    return found.map(toFigures);
  }
}

/** The one dimension of the slots that answers the question; null when none does. */
function slotDimension(by: readonly Grouping[], { range, filters }: Question, boundaries: readonly Date[]): Dimension | 'all' | null {
  const used = new Set<string>([...by.filter((grouping) => !isTime(grouping)), ...Object.keys(filters)]);
  const [dimension = 'all'] = used;
  const whole = [range.from, range.to, ...boundaries].every((at) => at.getTime() % SLOT_MS === 0);
  return whole && used.size <= 1 && dimension in SLOT_VALUES ? (dimension as Dimension | 'all') : null;
}

const toFigures = (row: Row): FigureRow => ({
  keys: row.keys,
  operation: row.operation ?? '',
  lastAt: row.last_at ?? '',
  jobs: Number(row.jobs),
  chargedMilli: BigInt(row.charged),
  occupiedUs: BigInt(row.occupied),
  costMicros: BigInt(row.cost),
});
