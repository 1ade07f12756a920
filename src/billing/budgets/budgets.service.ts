import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Audit } from '../../accounts/audit/index.js';
import { Tenants } from '../../accounts/tenants/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { invalid, notFound } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page, type PageQuery } from '../../platform/http/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { Plans } from '../plans/index.js';
import { BudgetSubjects } from './budget-subjects.service.js';
import { readLimit, termsOf } from './budget-terms.js';
import { subjectsSeenBy } from './budget-rights.js';
import { THRESHOLDS_DEFAULT, type BudgetView } from './budget.js';
import { toAlertResponse, toBudgetResponse, toSpanResponse, toTermsNote } from './budget-views.js';
import type { BudgetAlertPage, BudgetChangeBody, BudgetHistory, BudgetPage, BudgetResponse, NewBudgetBody } from './budgets.dto.js';
import { tooManyBudgets, zoneUnknown } from './budgets.errors.js';
import { BudgetsRepository } from './budgets.repository.js';

const BUDGETS_MAX = 500;

/** Sets budgets and shows them. What they allow is decided by the ledger, in the transaction that holds the credits. */
@Injectable()
export class Budgets {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: BudgetsRepository,
    private readonly subjects: BudgetSubjects,
    private readonly tenants: Tenants,
    private readonly audit: Audit,
    private readonly plans: Plans,
  ) {}

  async list(ctx: Ctx, query: PageQuery): Promise<BudgetPage> {
    const after = query.cursor === undefined ? null : decodeCursor(query.cursor);
    const found = await this.tx.run(ctx, (em) => this.repository.list(em, ctx.tenantId, subjectsSeenBy(ctx), { after, limit: query.limit + 1 }));
    const result = page(found, query.limit, (last) => encodeCursor(last.cursorAt, last.id));
    const names = await this.subjects.names(ctx, result.data);
    return { ...result, data: result.data.map((budget) => toBudgetResponse(budget, names.get(budget.subjectId) ?? null)) };
  }

  async get(ctx: Ctx, id: string): Promise<BudgetResponse> {
    return this.shown(ctx, await this.tx.run(ctx, (em) => this.load(em, ctx, id)));
  }

  /** @throws 422 with every fault, 409 `too_many_budgets` */
  async create(ctx: Ctx, body: NewBudgetBody): Promise<BudgetResponse> {
    const { limit, faults } = readLimit(body, (await this.plans.of(ctx)).creditMicros);
    const subjectId = await this.subjects.read(ctx, body.scope, body.subjectId, faults);
    if (faults.length > 0) throw invalid(faults);
    const { timeZone } = await this.tenants.get(ctx);
    const budget = {
      id: newId(),
      name: body.name ?? nameOf(body),
      scope: body.scope,
      subjectId: subjectId!,
      period: body.period,
      hard: body.mode !== 'soft',
      ...limit!,
      thresholds: (body.thresholds ?? [...THRESHOLDS_DEFAULT]).toSorted((a, b) => a - b),
      forecast: body.forecast ?? true,
    };
    const made = await this.tx.run(ctx, async (em) => {
      if (!(await this.repository.zoneKnown(em, timeZone))) throw zoneUnknown(timeZone);
      if ((await this.repository.count(em, ctx.tenantId)) >= BUDGETS_MAX) throw tooManyBudgets(BUDGETS_MAX);
      await this.audit.record(em, ctx, { action: 'budget.created', target: typeId('bud', budget.id), after: toTermsNote(budget) });
      await this.repository.insert(em, ctx.tenantId, budget, actorId(ctx));
      return this.load(em, ctx, budget.id);
    });
    return this.shown(ctx, made);
  }

  /** Counts from the next hold on; open ones stay as they are. Fields that are left out stay. @throws 404, 422 */
  async update(ctx: Ctx, id: string, body: BudgetChangeBody): Promise<BudgetResponse> {
    const { creditMicros } = await this.plans.of(ctx);
    const changed = await this.tx.run(ctx, async (em) => {
      const before = await this.load(em, ctx, id);
      const after = termsOf(before, body, creditMicros);
      await this.repository.update(em, ctx.tenantId, id, after.name, after);
      await this.audit.record(em, ctx, { action: 'budget.updated', target: typeId('bud', id), before: toTermsNote(before), after: toTermsNote(after) });
      return this.load(em, ctx, id);
    });
    return this.shown(ctx, changed);
  }

  /** Refuses nothing from now on. What was held under it is settled as before. Twice is 404. */
  async delete(ctx: Ctx, id: string): Promise<void> {
    await this.tx.run(ctx, async (em) => {
      const before = await this.load(em, ctx, id);
      await this.audit.record(em, ctx, { action: 'budget.deleted', target: typeId('bud', id), before: toTermsNote(before) });
      await this.repository.delete(em, ctx.tenantId, id);
    });
  }

  async history(ctx: Ctx, id: string, limit: number): Promise<BudgetHistory> {
    return this.tx.run(ctx, async (em) => {
      await this.load(em, ctx, id);
      return { data: (await this.repository.history(em, ctx.tenantId, id, limit)).map(toSpanResponse) };
    });
  }

  async alerts(ctx: Ctx, query: PageQuery): Promise<BudgetAlertPage> {
    const after = query.cursor === undefined ? null : decodeCursor(query.cursor);
    const found = await this.tx.run(ctx, (em) => this.repository.alerts(em, ctx.tenantId, subjectsSeenBy(ctx), { after, limit: query.limit + 1 }));
    const result = page(found, query.limit, (last) => encodeCursor(last.cursorAt, last.id));
    return { ...result, data: result.data.map(toAlertResponse) };
  }

  /** @throws 404, also for a budget that the caller may not see */
  private async load(em: EntityManager, ctx: Ctx, id: string): Promise<BudgetView> {
    const budget = await this.repository.find(em, ctx.tenantId, id);
    const seen = subjectsSeenBy(ctx);
    if (!budget || (seen && !seen.includes(budget.subjectId))) throw notFound('bud');
    return budget;
  }

  private async shown(ctx: Ctx, budget: BudgetView): Promise<BudgetResponse> {
    return toBudgetResponse(budget, (await this.subjects.names(ctx, [budget])).get(budget.subjectId) ?? null);
  }
}

const WHOSE = { tenant: 'Organisation', team: 'Team', user: 'Person', key: 'API key' };
const nameOf = ({ scope, period }: NewBudgetBody): string => `${WHOSE[scope]}, each ${period}`;
