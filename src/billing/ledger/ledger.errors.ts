import { DomainError, invalid } from '../../platform/errors/index.js';
import { typeId } from '../../platform/ids/index.js';
import { formatCredits } from '../plans/index.js';
import type { BudgetRefusal } from './hold.js';

const WHOSE = { tenant: 'your organisation', team: 'the team', user: 'this person', key: 'this API key' };
const EACH = { day: 'a day', week: 'a week', month: 'a month' };

/** 402: the budget, its figures, when it begins anew, and who can change that. */
export function budgetExceeded(estimateMilli: bigint, budget: BudgetRefusal): DomainError {
  const left = budget.limitMilli - budget.spentMilli - budget.heldMilli;
  const available = formatCredits(left > 0n ? left : 0n);
  const resets = new Intl.DateTimeFormat('en-GB', { timeZone: zoneFor(budget.timeZone), dateStyle: 'long', timeStyle: 'short' }).format(budget.resetsAt);
  return new DomainError({
    kind: 'payment_required',
    code: 'budget_exceeded',
    detail:
      `This costs ${formatCredits(estimateMilli)} credits and the budget “${budget.name}” of ${WHOSE[budget.scope]} has ${available} left: of ${formatCredits(budget.limitMilli)} credits ${EACH[budget.period]}, ` +
      `${formatCredits(budget.spentMilli)} are spent and ${formatCredits(budget.heldMilli)} are held by jobs that have not ended. It begins anew on ${resets} (${budget.timeZone}). ` +
      `An owner, admin or billing member can raise it, and you can ask them for more in this period. Nothing was charged.`,
    extra: {
      estimate: formatCredits(estimateMilli),
      available,
      limitSource: 'budget',
      budget: {
        id: typeId('bud', budget.id),
        name: budget.name,
        scope: budget.scope,
        period: budget.period,
        limit: formatCredits(budget.limitMilli),
        spent: formatCredits(budget.spentMilli),
        held: formatCredits(budget.heldMilli),
        resetsAt: budget.resetsAt.toISOString(),
        timeZone: budget.timeZone,
        raisedBy: ['owner', 'admin', 'billing'],
      },
    },
  });
}

/** A zone that the database knows and this runtime does not is shown in UTC. */
function zoneFor(name: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}

export const holdMissing = (jobId: string): DomainError =>
  new DomainError({ kind: 'unexpected', code: 'hold_missing', detail: `The job ${jobId} has no hold. Hold in the transaction that makes the job.` });

export const chargeExceedsHold = (jobId: string, chargeMilli: bigint, cause: unknown): DomainError =>
  new DomainError({
    kind: 'unexpected',
    code: 'charge_exceeds_hold',
    detail: `The job ${jobId} cannot be charged ${chargeMilli} milli-credits: more than it holds, or less than 0. Extend the hold first, or charge what is held.`,
    cause,
  });

export const alreadyHeld = (cause: unknown): DomainError =>
  new DomainError({
    kind: 'conflict',
    code: 'already_held',
    detail: 'A job holds credits once, when it is made; one of these jobs has a hold already. Extend that hold instead.',
    cause,
  });

export const nothingGranted = (): DomainError =>
  invalid([{ pointer: '/credits', code: 'too_small', message: 'credits must be more than 0.', fix: 'Grant at least "0.001".' }]);

export const expiryInThePast = (): DomainError =>
  invalid([
    {
      pointer: '/expiresAt',
      code: 'in_the_past',
      message: 'expiresAt lies in the past.',
      fix: 'Give an instant to come, or leave it out for twelve months from now.',
    },
  ]);
