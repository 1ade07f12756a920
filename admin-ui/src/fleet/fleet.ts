import { getFleetBoxes, getFleetLanes, getFleetMetrics, getFleetPools } from '@atelier/ui-kit/client';
import { queryOptions } from '@tanstack/react-query';

/** The kinds of time in the life of a box, in the order of a bar; together they are its lifetime. */
export const PARTS = ['work', 'load', 'boot', 'idle', 'drain', 'wasted'] as const;

/** Live pages ask this often while someone looks. */
export const LIVE_MS = 2_000;

export const boxesQuery = queryOptions({ queryKey: ['fleet', 'boxes'], queryFn: () => getFleetBoxes() });
export const lanesQuery = queryOptions({ queryKey: ['fleet', 'lanes'], queryFn: () => getFleetLanes() });
export const poolsQuery = queryOptions({ queryKey: ['fleet', 'pools'], queryFn: () => getFleetPools() });
export const metricsQuery = queryOptions({ queryKey: ['fleet', 'metrics'], queryFn: () => getFleetMetrics() });
