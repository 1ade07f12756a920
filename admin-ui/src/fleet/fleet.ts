import { http } from '@atelier/ui-kit';
import { queryOptions } from '@tanstack/react-query';

export const PARTS = ['work', 'load', 'boot', 'idle', 'drain', 'wasted'] as const;
export type BoxSeconds = Record<(typeof PARTS)[number] | 'lifetime', number>;

export interface Box {
  id: string;
  pool: string;
  class: string;
  state: string;
  stateReason: string | null;
  capacity: string;
  slots: number;
  running: number;
  lastHeartbeatAt: string | null;
  launchedAt: string;
  endedAt: string | null;
  gpu: { name: string; vramMb: number; vramUsedMb: number; utilisation: number; xid: number | null } | null;
  seconds: BoxSeconds;
}
export interface Lane {
  id: string;
  pool: string;
  class: string;
  base: string;
  ready: number;
  queued: number;
  running: number;
  oldestWaitSeconds: number | null;
  estimatedWaitSeconds: number | null;
}
export interface Pool {
  id: string;
  name: string;
  provider: string;
  class: string;
  capacity: string;
  min: number;
  max: number;
  slotsPerBox: number;
  liveSlots: number;
  paused: boolean;
}
export interface FleetMetrics {
  tasks: { blocked: number; ready: number; queued: number; running: number; stopping: number };
  boxes: { booting: number; ready: number; draining: number; quarantined: number; lost: number };
  slots: number;
  busySlots: number;
}

/** Live pages ask this often while someone looks. */
export const LIVE_MS = 2_000;

export const boxesQuery = queryOptions({ queryKey: ['fleet', 'boxes'], queryFn: () => http.get<{ data: Box[] }>('/fleet/boxes') });
export const lanesQuery = queryOptions({ queryKey: ['fleet', 'lanes'], queryFn: () => http.get<{ data: Lane[] }>('/fleet/lanes') });
export const poolsQuery = queryOptions({ queryKey: ['fleet', 'pools'], queryFn: () => http.get<{ data: Pool[] }>('/fleet/pools') });
export const metricsQuery = queryOptions({ queryKey: ['fleet', 'metrics'], queryFn: () => http.get<FleetMetrics>('/fleet/metrics') });
