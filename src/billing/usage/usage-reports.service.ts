import { Injectable } from '@nestjs/common';
import { Tenants } from '../../accounts/tenants/index.js';
import { Users } from '../../accounts/users/index.js';
import { Clock } from '../../platform/clock/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { isDomainError } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page } from '../../platform/http/index.js';
import { typeId } from '../../platform/ids/index.js';
import { formatCredits } from '../plans/index.js';
import { days, hours, readRange, type Bucket, type Grouping } from './range.js';
import { UsageReportsRepository, type FigureRow, type Figures, type Question } from './usage-reports.repository.js';
import type { UsageFigures, UsageQuery, UsageResponse, UsageRow } from './usage.dto.js';

type Rows = Pick<UsageResponse, 'data' | 'hasMore' | 'nextCursor'>;

/** What was used and charged in a range of time. Every row is counted once, so the rows of any grouping add up to the totals. */
@Injectable()
export class UsageReports {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: UsageReportsRepository,
    private readonly tenants: Tenants,
    private readonly users: Users,
    private readonly clock: Clock,
  ) {}

  /** @throws 422 for an unknown zone or a range that cannot be read. */
  async report(ctx: Ctx, query: UsageQuery): Promise<UsageResponse> {
    const groupBy = query.groupBy ?? 'day';
    const timeZone = query.timeZone ?? (await this.tenants.get(ctx)).timeZone;
    const range = readRange({ from: query.from, to: query.to, timeZone }, this.clock.now(), groupBy === 'hour');
    // Members see their own work; those who manage, pay or audit see everybody's.
    const question: Question = { tenantId: ctx.tenantId, range, userId: ctx.role === 'member' ? actorId(ctx) : null };
    const figures = shownTo(ctx);
    const totals = figures(await this.tx.run(ctx, (em) => this.repository.totals(em, question)));
    const found = await this.rows(ctx, groupBy, question, query, figures);
    return { ...found, totals, groupBy, timeZone, from: range.from.toISOString(), to: range.to.toISOString() };
  }

  private async rows(ctx: Ctx, groupBy: Grouping, question: Question, query: UsageQuery, figures: (found: Figures) => UsageFigures): Promise<Rows> {
    if (groupBy === 'job') return this.jobs(ctx, question, query, figures);
    const buckets = groupBy === 'day' ? days(question.range) : groupBy === 'hour' ? hours(question.range) : null;
    const found = await this.tx.run(ctx, (em) => this.repository.groups(em, groupBy, question, buckets?.map((bucket) => bucket.at) ?? []));
    const data = buckets
      ? inOrder(buckets, found, figures)
      : await Promise.all(found.map(async (row) => ({ ...(await this.named(ctx, groupBy, row)), ...figures(row) })));
    return { data, hasMore: false, nextCursor: null };
  }

  private async jobs(ctx: Ctx, question: Question, { limit, cursor }: UsageQuery, figures: (found: Figures) => UsageFigures): Promise<Rows> {
    const after = cursor === undefined ? null : decodeCursor(cursor);
    const found = await this.tx.run(ctx, (em) => this.repository.jobs(em, question, limit + 1, after));
    const result = page(found, limit, (last) => encodeCursor(last.lastAt, last.key));
    return { ...result, data: result.data.map((row) => ({ key: typeId('job', row.key), label: row.operation, ...figures(row) })) };
  }

  private async named(ctx: Ctx, groupBy: Grouping, { key }: FigureRow): Promise<Pick<UsageRow, 'key' | 'label'>> {
    if (key === '') return { key: 'none', label: groupBy === 'class' ? 'Did not run' : 'None' };
    if (groupBy === 'user') return { key: typeId('usr', key), label: await this.personName(ctx, key) };
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

/** Days and hours in order, those without use as well. */
function inOrder(buckets: readonly Bucket[], found: readonly FigureRow[], figures: (found: Figures) => UsageFigures): UsageRow[] {
  const byNumber = new Map(found.map((row) => [row.key, row]));
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
