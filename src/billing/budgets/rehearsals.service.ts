import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { invalid } from '../../platform/errors/index.js';
import { formatCredits, Plans } from '../plans/index.js';
import { BudgetSubjects } from './budget-subjects.service.js';
import { readLimit } from './budget-terms.js';
import type { RehearsalBody, RehearsalResponse } from './budgets.dto.js';
import { tooMuchToRehearse } from './budgets.errors.js';
import { BudgetsRepository } from './budgets.repository.js';
import { rehearse, type RehearsedPeriod } from './rehearsal.js';

const JOBS_MAX = 100_000;
const DAYS_MAX = 100;

/** What a budget would have refused, had it been there: by default in the last whole month. Writes nothing. */
@Injectable()
export class Rehearsals {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: BudgetsRepository,
    private readonly subjects: BudgetSubjects,
    private readonly plans: Plans,
  ) {}

  /** @throws 422 with every fault */
  async rehearse(ctx: Ctx, body: RehearsalBody): Promise<RehearsalResponse> {
    const { limit, faults } = readLimit(body, (await this.plans.of(ctx)).creditMicros);
    const subjectId = await this.subjects.read(ctx, body.scope, body.subjectId, faults);
    const lastMonth = await this.tx.run(ctx, (em) => this.repository.lastMonth(em, ctx.tenantId));
    const from = body.from === undefined ? lastMonth.startsAt : new Date(body.from);
    const to = body.to === undefined ? lastMonth.endsAt : new Date(body.to);
    if (to <= from) faults.push({ pointer: '/to', code: 'range_empty', message: 'to does not lie after from.', fix: 'Exchange the two, or leave both out.' });
    else if (to.getTime() - from.getTime() > DAYS_MAX * 86_400_000)
      faults.push({ pointer: '/to', code: 'range_too_long', message: `The range is longer than ${DAYS_MAX} days.`, fix: 'Rehearse shorter ranges.' });
    if (faults.length > 0) throw invalid(faults);
    const { claims, spans } = await this.tx.run(ctx, async (em) => ({
      spans: await this.repository.periods(em, lastMonth.zone, body.period, from, to),
      claims: await this.repository.claims(em, ctx.tenantId, body.scope, subjectId!, from, to, JOBS_MAX + 1),
    }));
    if (claims.length > JOBS_MAX) throw tooMuchToRehearse(JOBS_MAX);
    return {
      ...summed(rehearse(claims, spans, limit!.limitMilli)),
      from: from.toISOString(),
      to: to.toISOString(),
      timeZone: lastMonth.zone,
      limit: formatCredits(limit!.limitMilli),
    };
  }
}

const summed = (periods: readonly RehearsedPeriod[]): Pick<RehearsalResponse, 'jobs' | 'refusedJobs' | 'refused' | 'periods'> => ({
  jobs: periods.reduce((sum, { jobs }) => sum + jobs, 0),
  refusedJobs: periods.reduce((sum, { refusedJobs }) => sum + refusedJobs, 0),
  refused: formatCredits(periods.reduce((sum, { refusedMilli }) => sum + refusedMilli, 0n)),
  periods: periods.map((period) => ({
    startsAt: period.startsAt.toISOString(),
    endsAt: period.endsAt.toISOString(),
    jobs: period.jobs,
    spent: formatCredits(period.spentMilli),
    refusedJobs: period.refusedJobs,
    refused: formatCredits(period.refusedMilli),
    firstRefusalAt: period.firstRefusalAt?.toISOString() ?? null,
  })),
});
