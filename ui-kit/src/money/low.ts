import { useQuery } from '@tanstack/react-query';
import { parseMilli } from '../credits.js';
import { balanceQuery, planQuery } from '../queries.js';

/** Below a tenth of what the plan grants in a month. A plan without monthly credits is bounded by its contract and never low. */
export const isLow = (available: string, creditsPerMonth: string): boolean => parseMilli(available) * 10n < parseMilli(creditsPerMonth);

export function useLowBalance(): boolean {
  const { data: balance } = useQuery(balanceQuery);
  const { data: plan } = useQuery(planQuery);
  return !!balance && !!plan && isLow(balance.available, plan.creditsPerMonth);
}
