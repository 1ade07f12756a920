import { Injectable } from '@nestjs/common';
import { Ledger, type Explanation } from '../../../billing/ledger/index.js';
import { formatCredits } from '../../../billing/plans/index.js';
import { Usage, type AttemptUsage } from '../../../billing/usage/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { TenantTx } from '../../../platform/database/index.js';
import { typeId } from '../../../platform/ids/index.js';
import { PAYMENT_RULES } from '../course/outcome.js';
import { isTerminal } from '../course/job-state.js';
import type { JobExplainView } from '../jobs.dto.js';
import { JobReader } from './job-reader.service.js';
import { gpuView, quoteView } from './job-view.js';

/** Why a job cost what it cost, from what was stored at the time: the same answer however often and however late it is asked. */
@Injectable()
export class Explanations {
  constructor(
    private readonly tx: TenantTx,
    private readonly reader: JobReader,
    private readonly ledger: Ledger,
    private readonly usage: Usage,
  ) {}

  /** @throws DomainError 404 */
  async of(ctx: Ctx, id: string): Promise<JobExplainView> {
    return this.tx.run(ctx, async (em) => {
      const { row } = await this.reader.see(em, ctx, id);
      const { hold, entries, allocations } = await this.ledger.explain(ctx, id);
      const used = await this.usage.ofJob(em, id);
      const costs = ctx.permissions.has('cost:read');
      return {
        id: typeId('job', id),
        operation: row.operation,
        status: row.status,
        quote: quoteView(row.quote),
        credits: { held: isTerminal(row.status) ? '0' : formatCredits(hold.amountMilli), charged: formatCredits(hold.chargedMilli) },
        rule: row.paymentRule && PAYMENT_RULES[row.paymentRule],
        hold: holdView(hold),
        entries: entries.map(entryView),
        allocations: allocations.map(({ grantId, kind, amountMilli, chargedMilli }) => ({
          grantId: typeId('grt', grantId),
          kind,
          held: formatCredits(amountMilli),
          charged: formatCredits(chargedMilli),
        })),
        attempts: used.attempts.map((attempt) => attemptView(attempt, costs)),
        gpu: gpuView({ seconds: used.seconds, class: used.class, capacity: used.capacity, costMicros: String(used.costMicros) }, costs),
      };
    });
  }
}

const holdView = (hold: Explanation['hold']): JobExplainView['hold'] => ({
  id: typeId('hld', hold.id),
  state: hold.state,
  amount: formatCredits(hold.amountMilli),
  charged: formatCredits(hold.chargedMilli),
  reason: hold.reason,
  openedAt: hold.createdAt.toISOString(),
  closedAt: hold.closedAt?.toISOString() ?? null,
});

const entryView = (entry: Explanation['entries'][number]): JobExplainView['entries'][number] => ({
  seq: entry.seq,
  kind: entry.kind,
  from: entry.from,
  to: entry.to,
  amount: formatCredits(entry.amountMilli),
  reason: entry.reason,
  at: entry.createdAt.toISOString(),
});

const attemptView = (attempt: AttemptUsage, costs: boolean): JobExplainView['attempts'][number] => ({
  taskId: typeId('task', attempt.taskId),
  attempt: attempt.attempt,
  outcome: attempt.outcome,
  class: attempt.gpuClass,
  capacity: attempt.capacity,
  startedAt: attempt.startedAt.toISOString(),
  endedAt: attempt.endedAt.toISOString(),
  loadSeconds: attempt.loadMs / 1000,
  workSeconds: attempt.workMs / 1000,
  wastedSeconds: attempt.wastedMs / 1000,
  seconds: attempt.occupiedUs / 1_000_000,
  ...(costs && {
    line: attempt.line,
    rateVersion: attempt.rateVersion,
    usdMicrosPerHour: String(attempt.usdMicrosPerHour),
    sharePpm: attempt.sharePpm,
    costMicros: String(attempt.costMicros),
  }),
});
