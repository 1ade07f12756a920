import type { Need } from '../../accounts/tenants/index.js';
import { DomainError, invalid } from '../../platform/errors/index.js';
import { shortfall, sideMax } from './entitlement.js';
import type { PlanVersion } from './plan.js';

/** Every refusal for want of a larger plan: which limit, the plan one has, and the smallest on offer that has what is needed (null: none). */
export const planRequired = (need: Need, { name, limits }: Pick<PlanVersion, 'name' | 'limits'>, planThatHasIt: string | null): DomainError => {
  const { has, instead } = shortfall(limits, need);
  const next = planThatHasIt === null ? 'a larger plan' : `the plan ${planThatHasIt}`;
  return new DomainError({
    kind: 'forbidden',
    code: 'plan_required',
    detail: `Your plan ${name} ${has}. ${instead === null ? 'Move to' : `${instead}, or move to`} ${next}.`,
    ...(need.limit === 'sideMax'
      ? { errors: [{ pointer: need.pointer, code: 'plan_required', message: `At most ${sideMax(limits)} pixels on this plan.` }] }
      : {}),
    extra: { limit: need.limit, plan: name, planRequired: planThatHasIt, ...numbers(need, limits) },
  });
};

function numbers(need: Need, limits: PlanVersion['limits']): object {
  if (need.limit === 'storageBytes') return { usedBytes: need.usedBytes, quotaBytes: limits.storageBytes };
  if (need.limit === 'videosPerMonth') return { allowed: limits.videosPerMonth, ...(need.resetsAt ? { resetsAt: need.resetsAt.toISOString() } : {}) };
  return {};
}

export const planUnknown = (plan: string, known: readonly string[]): DomainError =>
  invalid([
    {
      pointer: '/plan',
      code: 'plan_unknown',
      message: `There is no plan "${plan}" in effect.`,
      fix: `Use one of ${known.join(', ')}, or make it first with POST /operator/plans.`,
    },
  ]);

/** What was charged by an older version must stay explainable, so nothing takes effect in the past. */
export const inThePast = (): DomainError =>
  invalid([
    { pointer: '/effectiveFrom', code: 'in_the_past', message: 'effectiveFrom lies in the past.', fix: 'Leave it out for "now", or give an instant to come.' },
  ]);
