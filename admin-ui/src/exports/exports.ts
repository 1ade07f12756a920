import { paged } from '@atelier/ui-kit';
import { getExports, getExportsSchedules, type ExportResponse, type ScheduleResponse } from '@atelier/ui-kit/client';
import { queryOptions } from '@tanstack/react-query';

export type { ExportResponse as ExportView, ScheduleResponse as ScheduleView };
export const FORMATS = ['csv', 'jsonl', 'parquet', 'focus'] as const;
export const PERIODS = ['day', 'week', 'month'] as const;

const PROGRESS_MS = 1000;
export const unfinished = ({ status }: ExportResponse): boolean => status === 'queued' || status === 'running';

/** Asked again while a file is being made. */
export const exportsQuery = {
  ...paged<ExportResponse>(['exports', 'files'], (cursor) => getExports({ query: { limit: 20, cursor } })),
  refetchInterval: ({ state }: { state: { data?: { pages: { data: ExportResponse[] }[] } } }) =>
    state.data?.pages.some((page) => page.data.some(unfinished)) ? PROGRESS_MS : false,
} as const;

export const schedulesQuery = queryOptions({ queryKey: ['exports', 'schedules'], queryFn: () => getExportsSchedules() });
