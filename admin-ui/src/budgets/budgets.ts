import { paged } from '@atelier/ui-kit';
import { getBudgets, getBudgetsAlerts, getBudgetsByIdHistory, getBudgetsIncreases } from '@atelier/ui-kit/client';
import { queryOptions } from '@tanstack/react-query';

/* Keys begin with the noun: a change refreshes lists, alerts, requests and histories alike. */
export const budgetsQuery = paged(['budgets', 'list'], (cursor) => getBudgets({ query: { limit: 50, cursor } }));
export const alertsQuery = paged(['budgets', 'alerts'], (cursor) => getBudgetsAlerts({ query: { limit: 10, cursor } }));
export const increasesQuery = paged(['budgets', 'increases'], (cursor) => getBudgetsIncreases({ query: { limit: 20, cursor } }));
export const historyQuery = (id: string) =>
  queryOptions({ queryKey: ['budgets', 'history', id], queryFn: () => getBudgetsByIdHistory({ path: { id }, query: { limit: 31 } }) });
