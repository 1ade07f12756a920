import { queryOptions } from '@tanstack/react-query';
import {
  getAssets,
  type GetAssetsData,
  getAssetsById,
  getBillingCredits,
  getBillingLedger,
  getBillingOffers,
  getBillingPlan,
  getJobs,
  type GetJobsData,
  getJobsById,
  getJobsByIdExplain,
  getUsersMe,
} from './client/index.js';
import { paged } from './paging.js';

/* What both apps ask the server, by name. Keys start with the noun, so that news about a noun refreshes all of it. */

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: () => getUsersMe(), staleTime: 30_000 });
export const balanceQuery = queryOptions({ queryKey: ['balance'], queryFn: () => getBillingCredits() });
export const planQuery = queryOptions({ queryKey: ['plan'], queryFn: () => getBillingPlan(), staleTime: 60_000 });
/** What is for sale, and whether anything is. */
export const offersQuery = queryOptions({ queryKey: ['offers'], queryFn: () => getBillingOffers(), staleTime: 60_000 });
export const ledgerQuery = paged(['balance', 'ledger'], (cursor) => getBillingLedger({ query: { limit: 25, cursor } }));

export const explanationQuery = (id: string) => queryOptions({ queryKey: ['jobs', id, 'explain'], queryFn: () => getJobsByIdExplain({ path: { id } }) });
export const jobQuery = (id: string) => queryOptions({ queryKey: ['jobs', id], queryFn: () => getJobsById({ path: { id } }) });
export const runningJobsQuery = queryOptions({
  queryKey: ['jobs', 'running'],
  queryFn: () => getJobs({ query: { status: 'queued,starting,processing', scope: 'mine', limit: 100 } }),
});
export const jobsQuery = (filter: Pick<NonNullable<GetJobsData['query']>, 'status' | 'limit'>) =>
  paged(['jobs', 'list', filter], (cursor) => getJobs({ query: { limit: 25, scope: 'mine', ...filter, cursor } }));

export const assetQuery = (id: string) => queryOptions({ queryKey: ['assets', id], queryFn: () => getAssetsById({ path: { id } }) });
export const assetsQuery = (filter: Pick<NonNullable<GetAssetsData['query']>, 'source' | 'scope' | 'q' | 'type'>) =>
  paged(['assets', 'list', filter], (cursor) => getAssets({ query: { limit: 40, ...filter, cursor } }));
