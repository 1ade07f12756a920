import { typeId } from '../../platform/ids/index.js';
import { formatCredits } from '../plans/index.js';
import { percentSpent, type BudgetAlert, type BudgetIncrease, type BudgetSpan, type BudgetTerms, type BudgetView } from './budget.js';
import type { BudgetAlertResponse, BudgetResponse, BudgetSpanResponse, IncreaseResponse } from './budgets.dto.js';

const PREFIX = { team: 'team', user: 'usr', key: 'key' } as const;

const optional = (milli: bigint | null): string | null => (milli === null ? null : formatCredits(milli));

export const toSpanResponse = (span: BudgetSpan): BudgetSpanResponse => ({
  startsAt: span.startsAt.toISOString(),
  endsAt: span.endsAt.toISOString(),
  spent: formatCredits(span.spentMilli),
  held: formatCredits(span.heldMilli),
  raised: formatCredits(span.raisedMilli),
});

export function toBudgetResponse(budget: BudgetView, subjectName: string | null): BudgetResponse {
  const { current, limitMilli } = budget;
  const left = limitMilli + current.raisedMilli - current.spentMilli - current.heldMilli;
  return {
    id: typeId('bud', budget.id),
    name: budget.name,
    scope: budget.scope,
    subjectId: budget.scope === 'tenant' ? null : typeId(PREFIX[budget.scope], budget.subjectId),
    subjectName,
    period: budget.period,
    mode: budget.hard ? 'hard' : 'soft',
    limit: formatCredits(limitMilli),
    limitMicros: budget.limitMicros === null ? null : String(budget.limitMicros),
    thresholds: [...budget.thresholds],
    forecast: budget.forecast,
    createdAt: budget.createdAt.toISOString(),
    current: {
      ...toSpanResponse(current),
      left: formatCredits(left > 0n ? left : 0n),
      percent: percentSpent(current.spentMilli, limitMilli + current.raisedMilli),
      forecast: optional(budget.forecastMilli),
      timeZone: budget.timeZone,
    },
  };
}

/** What the audit log keeps of a budget. */
export const toTermsNote = (terms: BudgetTerms): object => ({
  name: terms.name,
  mode: terms.hard ? 'hard' : 'soft',
  limit: formatCredits(terms.limitMilli),
  limitMicros: terms.limitMicros === null ? null : String(terms.limitMicros),
  thresholds: terms.thresholds,
  forecast: terms.forecast,
});

export const toAlertResponse = (alert: BudgetAlert): BudgetAlertResponse => ({
  id: typeId('alr', alert.id),
  budgetId: typeId('bud', alert.budgetId),
  budgetName: alert.budgetName,
  threshold: alert.threshold,
  startsAt: alert.startsAt.toISOString(),
  endsAt: alert.endsAt.toISOString(),
  spent: formatCredits(alert.spentMilli),
  limit: formatCredits(alert.limitMilli),
  forecast: optional(alert.forecastMilli),
  createdAt: alert.createdAt.toISOString(),
});

export const toIncreaseResponse = (increase: BudgetIncrease, askedByName: string | null): IncreaseResponse => ({
  id: typeId('inc', increase.id),
  budgetId: typeId('bud', increase.budgetId),
  budgetName: increase.budgetName,
  credits: formatCredits(increase.amountMilli),
  reason: increase.reason,
  state: increase.state,
  askedBy: typeId('usr', increase.askedBy),
  askedByName,
  askedAt: increase.askedAt.toISOString(),
  decidedBy: increase.decidedBy && typeId('usr', increase.decidedBy),
  decidedAt: increase.decidedAt?.toISOString() ?? null,
  startsAt: increase.startsAt.toISOString(),
  endsAt: increase.endsAt.toISOString(),
});
