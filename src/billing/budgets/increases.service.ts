import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import { Members } from '../../accounts/members/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { invalid, notFound } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page, type PageQuery } from '../../platform/http/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { Mail } from '../../platform/mail/index.js';
import { parseCredits } from '../plans/index.js';
import { askedMail, decidedMail } from './budget-mail.js';
import { RAISERS, subjectsSeenBy } from './budget-rights.js';
import { toIncreaseResponse } from './budget-views.js';
import type { IncreaseBody, IncreasePage, IncreaseResponse } from './budgets.dto.js';
import { alreadyDecided, limitTooSmall, ownRequest, periodOver } from './budgets.errors.js';
import { BudgetsRepository } from './budgets.repository.js';
import { IncreasesRepository } from './increases.repository.js';

/** More of a budget for a while: somebody asks, somebody who may raise it decides, and the end of the period ends it. */
@Injectable()
export class Increases {
  constructor(
    private readonly tx: TenantTx,
    private readonly budgets: BudgetsRepository,
    private readonly repository: IncreasesRepository,
    private readonly members: Members,
    private readonly mail: Mail,
    private readonly audit: Audit,
  ) {}

  /** @throws 404, 409 `increase_pending`, 422 */
  async ask(ctx: Ctx, budgetId: string, body: IncreaseBody): Promise<IncreaseResponse> {
    const amountMilli = parseCredits(body.credits);
    if (amountMilli <= 0n) throw invalid([limitTooSmall('/credits')]);
    const id = newId();
    const who = (await this.members.find(ctx, actorId(ctx)))?.name ?? null;
    const raisers = await this.members.withRoles(ctx, RAISERS);
    return this.tx.run(ctx, async (em) => {
      const budget = await this.budgets.find(em, ctx.tenantId, budgetId);
      const seen = subjectsSeenBy(ctx);
      if (!budget || (seen && !seen.includes(budget.subjectId))) throw notFound('bud');
      await this.audit.record(em, ctx, { action: 'budget.increase_asked', target: typeId('inc', id), after: { budget: budget.name, ...body } });
      await this.repository.insert(em, ctx.tenantId, { id, budgetId, amountMilli, reason: body.reason, by: actorId(ctx) });
      const asked = (await this.repository.find(em, ctx.tenantId, id))!;
      for (const { email, userId } of raisers)
        if (userId !== asked.askedBy) await this.mail.send(em, { tenantId: ctx.tenantId, to: email, ...askedMail(asked, who ?? 'Somebody') });
      return toIncreaseResponse(asked, who);
    });
  }

  /** Those who decide see all, others what they asked for. */
  async list(ctx: Ctx, query: PageQuery): Promise<IncreasePage> {
    const after = query.cursor === undefined ? null : decodeCursor(query.cursor);
    const askedBy = subjectsSeenBy(ctx) === null ? null : actorId(ctx);
    const found = await this.tx.run(ctx, (em) => this.repository.list(em, ctx.tenantId, askedBy, { after, limit: query.limit + 1 }));
    const result = page(found, query.limit, (last) => encodeCursor(last.cursorAt, last.id));
    const names = new Map<string, string | null>();
    for (const increase of result.data)
      if (!names.has(increase.askedBy)) names.set(increase.askedBy, (await this.members.find(ctx, increase.askedBy))?.name ?? null);
    return { ...result, data: result.data.map((increase) => toIncreaseResponse(increase, names.get(increase.askedBy) ?? null)) };
  }

  /** Decides once. Never by who asked. @throws 404, 409 `increase_decided` | `own_request` | `period_over` */
  async decide(ctx: Ctx, id: string, approved: boolean): Promise<IncreaseResponse> {
    const state = approved ? 'approved' : 'declined';
    return this.tx.run(ctx, async (em) => {
      const before = await this.repository.find(em, ctx.tenantId, id);
      if (!before) throw notFound('inc');
      if (before.askedBy === actorId(ctx)) throw ownRequest();
      if (!(await this.repository.decide(em, ctx.tenantId, id, state, actorId(ctx)))) {
        throw alreadyDecided((await this.repository.find(em, ctx.tenantId, id))!.state);
      }
      const after = (await this.repository.find(em, ctx.tenantId, id))!;
      const asker = await this.members.find(ctx, after.askedBy);
      await this.audit.record(em, ctx, {
        action: `budget.increase_${state}`,
        target: typeId('inc', id),
        after: { budget: after.budgetName, amountMilli: String(after.amountMilli) },
      });
      if (asker?.status === 'active') await this.mail.send(em, { tenantId: ctx.tenantId, to: asker.email, ...decidedMail(after) });
      if (approved && !(await this.repository.raise(em, ctx.tenantId, after))) throw periodOver();
      return toIncreaseResponse(after, asker?.name ?? null);
    });
  }
}
