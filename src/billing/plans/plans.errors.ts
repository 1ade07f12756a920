import { DomainError, invalid } from '../../platform/errors/index.js';

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
