import { queryOptions } from '@tanstack/react-query';
import { http } from './api.js';
import { paged } from './paging.js';
import type { AssetDetail, AssetView, Balance, JobView, LedgerRow, Me, ModelView, Paged, PlanView } from './views.js';

/* What both apps ask the server, by name. Keys start with the noun, so that news about a noun refreshes all of it. */

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: () => http.get<Me>('/users/me'), staleTime: 30_000 });
export const balanceQuery = queryOptions({ queryKey: ['balance'], queryFn: () => http.get<Balance>('/billing/credits') });

export const planQuery = queryOptions({ queryKey: ['plan'], queryFn: () => http.get<PlanView>('/billing/plan'), staleTime: 60_000 });
export const modelsQuery = queryOptions({ queryKey: ['models'], queryFn: () => http.get<Paged<ModelView>>('/models', { limit: 100 }), staleTime: 60_000 });

export const ledgerQuery = paged(['balance', 'ledger'], (cursor) => http.get<Paged<LedgerRow>>('/billing/ledger', { limit: 25, cursor }));

export const jobQuery = (id: string) => queryOptions({ queryKey: ['jobs', id], queryFn: () => http.get<JobView>(`/jobs/${id}`) });
export const runningJobsQuery = queryOptions({
  queryKey: ['jobs', 'running'],
  queryFn: () => http.get<Paged<JobView>>('/jobs', { status: 'queued,starting,processing', scope: 'mine', limit: 100 }),
});
export const jobsQuery = (filter: { status?: string; limit?: number }) =>
  paged(['jobs', 'list', filter], (cursor) => http.get<Paged<JobView>>('/jobs', { limit: 25, scope: 'mine', ...filter, cursor }));

export const assetQuery = (id: string) => queryOptions({ queryKey: ['assets', id], queryFn: () => http.get<AssetDetail>(`/assets/${id}`) });
export const assetsQuery = (filter: { source?: string; scope?: string; q?: string }) =>
  paged(['assets', 'list', filter], (cursor) => http.get<Paged<AssetView>>('/assets', { limit: 40, ...filter, cursor }));
