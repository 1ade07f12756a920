import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ApiKeys } from '../../accounts/api-keys/index.js';
import { Tenants } from '../../accounts/tenants/index.js';
import { Users } from '../../accounts/users/index.js';
import { Clock } from '../../platform/clock/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { invalid, isDomainError, type FieldFault } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page } from '../../platform/http/index.js';
import { isTypeId, parseId, typeId, type IdPrefix } from '../../platform/ids/index.js';
import { formatCredits } from '../plans/index.js';
import { days, DIMENSIONS, hours, readRange, type Bucket, type Dimension, type Grouping, type UsageRange } from './range.js';
import { UsageReportsRepository, type FigureRow, type Figures, type Question } from './usage-reports.repository.js';
import type { UsageFigures, UsageQuery, UsageResponse, UsageRow } from './usage.dto.js';

type Name = Pick<UsageRow, 'key' | 'label'>;
type Rows = Pick<UsageResponse, 'data' | 'hasMore' | 'nextCursor'>;

/** What was used and charged in a range of time. Every row is counted once, so the rows of any grouping add up to the totals. */
@Injectable()
export class UsageReports {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: UsageReportsRepository,
    private readonly tenants: Tenants,
    private readonly users: Users,
    private readonly keys: ApiKeys,
    private readonly clock: Clock,
  ) {}

  /** @throws 422 for an unknown zone, a range that cannot be read, or groupings that do not go together. */
  async report(ctx: Ctx, query: UsageQuery): Promise<UsageResponse> {
    const by = readGroupings(query.groupBy ?? 'day');
    const timeZone = query.timeZone ?? (await this.tenants.get(ctx)).timeZone;
    const range = readRange({ from: query.from, to: query.to, timeZone }, this.clock.now(), by.includes('hour'));
    const question: Question = { tenantId: ctx.tenantId, range, filters: readFilters(ctx, query) };
    const figures = shownTo(ctx);
    const totals = figures(await this.tx.run(ctx, (em) => this.repository.totals(em, question)));
    const found = await this.rows(ctx, by, question, query, figures);
    return { ...found, totals, groupBy: by.join(','), timeZone, from: range.from.toISOString(), to: range.to.toISOString() };
  }

  /** Figures of a range without its parts, for files that must agree with this report. */
  totals(em: EntityManager, tenantId: string, range: UsageRange): Promise<Figures> {
    return this.repository.totals(em, { tenantId, range, filters: {} });
  }

  private async rows(ctx: Ctx, by: readonly Grouping[], question: Question, query: UsageQuery, figures: (found: Figures) => UsageFigures): Promise<Rows> {
    if (by[0] === 'job') return this.jobs(ctx, question, query, figures);
    const buckets = by.includes('day') ? days(question.range) : by.includes('hour') ? hours(question.range) : null;
    const found = await this.tx.run(ctx, (em) => this.repository.groups(em, by, question, buckets?.map((bucket) => bucket.at) ?? []));
    const only = by.length === 1 && buckets;
    const data = only ? inOrder(only, found, figures) : await this.grouped(ctx, by, buckets ?? [], found, figures);
    return { data, hasMore: false, nextCursor: null };
  }

  /** With two groupings in the order of the first's credits, then of the second: time in its own order. */
  private async grouped(
    ctx: Ctx,
    by: readonly Grouping[],
    buckets: readonly Bucket[],
    found: readonly FigureRow[],
    figures: (found: Figures) => UsageFigures,
  ): Promise<UsageRow[]> {
    const names = await this.namesOf(ctx, by, buckets, found);
    const named = (row: FigureRow, i: number): Name => names.get(`${by[i]!} ${row.keys[i]!}`)!;
    const ordered = by.length === 1 ? found : inGroups(by, found);
    return ordered.map((row) => ({ ...named(row, 0), ...(by.length > 1 && { then: named(row, 1) }), ...figures(row) }));
  }

  /** Each thing is named once, however many rows it has. */
  private async namesOf(ctx: Ctx, by: readonly Grouping[], buckets: readonly Bucket[], found: readonly FigureRow[]): Promise<Map<string, Name>> {
    const names = new Map<string, Name>();
    for (const [i, grouping] of by.entries())
      for (const key of new Set(found.map((row) => row.keys[i]!))) names.set(`${grouping} ${key}`, await this.named(ctx, grouping, key, buckets));
    return names;
  }

  private async jobs(ctx: Ctx, question: Question, { limit, cursor }: UsageQuery, figures: (found: Figures) => UsageFigures): Promise<Rows> {
    const after = cursor === undefined ? null : decodeCursor(cursor);
    const found = await this.tx.run(ctx, (em) => this.repository.jobs(em, question, limit + 1, after));
    const result = page(found, limit, (last) => encodeCursor(last.lastAt, last.keys[0]!));
    return { ...result, data: result.data.map((row) => ({ key: typeId('job', row.keys[0]!), label: row.operation, ...figures(row) })) };
  }

  private async named(ctx: Ctx, grouping: Grouping, key: string, buckets: readonly Bucket[]): Promise<Name> {
    if (key === '') return { key: 'none', label: grouping === 'class' ? 'Did not run' : grouping === 'key' ? 'Without a key' : 'None' };
    if (grouping === 'day' || grouping === 'hour') {
      // width_bucket counts from 1.
      const bucket = buckets[Number(key) - 1]!;
      return { key: bucket.key, label: bucket.label };
    }
    if (grouping === 'user') return { key: typeId('usr', key), label: await this.personName(ctx, key) };
    if (grouping === 'key') return { key: typeId('key', key), label: (await this.keys.find(ctx, key))?.name ?? 'A key of the past' };
    if (grouping === 'team') return { key: typeId('team', key), label: typeId('team', key) };
    return { key, label: key };
  }

  private async personName(ctx: Ctx, userId: string): Promise<string> {
    try {
      return (await this.users.getColleague(ctx, userId)).name;
    } catch (error) {
      if (isDomainError(error) && error.kind === 'not_found') return 'Former member';
      throw error;
    }
  }
}

/** One grouping, or two joined by a comma. */
function readGroupings(text: string): Grouping[] {
  const by = text.split(',') as Grouping[];
  const times = by.filter((grouping) => grouping === 'day' || grouping === 'hour');
  if (by.length <= 2 && new Set(by).size === by.length && times.length < 2 && !(by.length === 2 && by.includes('job'))) return by;
  throw invalid([
    {
      pointer: '/groupBy',
      code: 'groupings_do_not_go_together',
      message: `"${text}" cannot be grouped by.`,
      fix: 'Name one grouping, or two different ones such as team,day: not day with hour, and job only by itself.',
    },
  ]);
}

const PREFIXES: Partial<Record<Dimension, IdPrefix>> = { team: 'team', user: 'usr', key: 'key' };

/** Members see their own work; those who manage, pay or audit see everybody's. */
function readFilters(ctx: Ctx, query: UsageQuery): Question['filters'] {
  const filters: Question['filters'] = {};
  const faults: FieldFault[] = [];
  for (const dimension of DIMENSIONS) {
    const value = query[dimension];
    const prefix = PREFIXES[dimension];
    if (value === undefined) continue;
    if (value === 'none') filters[dimension] = '';
    else if (prefix === undefined) filters[dimension] = value;
    else if (isTypeId(prefix, value)) filters[dimension] = parseId(prefix, value);
    else
      faults.push({
        pointer: `/${dimension}`,
        code: 'not_an_id',
        message: `${dimension} is not an id.`,
        fix: `Send an id that begins with ${prefix}_, or none.`,
      });
  }
  if (faults.length > 0) throw invalid(faults);
  return ctx.role === 'member' ? { ...filters, user: actorId(ctx) } : filters;
}

/** Rows of one value of the first grouping beside one another, the largest first; inside it time in order, all else as found. */
function inGroups(by: readonly Grouping[], found: readonly FigureRow[]): FigureRow[] {
  const sums = new Map<string, bigint>();
  for (const { keys, chargedMilli } of found) sums.set(keys[0]!, (sums.get(keys[0]!) ?? 0n) + chargedMilli);
  const isTime = by.map((grouping) => grouping === 'day' || grouping === 'hour');
  const first = (a: FigureRow, b: FigureRow): number =>
    isTime[0] ? Number(a.keys[0]) - Number(b.keys[0]) : Number(sums.get(b.keys[0]!)! - sums.get(a.keys[0]!)!) || (a.keys[0]! < b.keys[0]! ? -1 : 1);
  return found.toSorted((a, b) => (a.keys[0] === b.keys[0] ? (isTime[1] ? Number(a.keys[1]) - Number(b.keys[1]) : 0) : first(a, b)));
}

/** Days and hours in order, those without use as well. */
function inOrder(buckets: readonly Bucket[], found: readonly FigureRow[], figures: (found: Figures) => UsageFigures): UsageRow[] {
  const byNumber = new Map(found.map((row) => [row.keys[0], row]));
  const nothing: Figures = { jobs: 0, chargedMilli: 0n, occupiedUs: 0n, costMicros: 0n };
  // width_bucket counts from 1.
  return buckets.map(({ key, label }, i) => ({ key, label, ...figures(byNumber.get(String(i + 1)) ?? nothing) }));
}

const shownTo = (ctx: Ctx): ((found: Figures) => UsageFigures) => {
  const costs = ctx.permissions.has('cost:read');
  return ({ jobs, chargedMilli, occupiedUs, costMicros }) => ({
    jobs,
    credits: formatCredits(chargedMilli),
    gpuSeconds: Number(occupiedUs) / 1_000_000,
    ...(costs && { costMicros: String(costMicros) }),
  });
};
