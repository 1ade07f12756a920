import type { GpuClass, ServiceState, ThermalMode } from '@atelier/contracts';

export type ThermalState = 'OFF' | 'COLD' | 'WARM' | 'HOT';

/** What a warm-up costs, before it is switched on. */
export interface CostPreview {
  bytes: number;
  loadMs: number;
  /** Class whose boxes would do it; null: no pool may. */
  gpuClass: GpuClass | null;
  /** One load at the class's rate. */
  loadMicros: bigint;
  /** A minute of such a box held for nothing else. */
  minuteMicros: bigint;
}

export interface ThermalView {
  mode: ThermalMode;
  state: ThermalState;
  warmUntil: Date | null;
  service: ServiceState;
  costPreview: CostPreview;
}

/** Defaults of seed 0: hot from 2 requests a minute on, cold after 15 idle minutes, warm between. */
export const AUTOMATIC = { hotPerMinute: 2, idleMinutes: 15 } as const;
export const WARM_MINUTES = 30;

export function decide(
  requestsPerMinute: number,
  idleMinutes: number,
  limits: { hotPerMinute: number; idleMinutes: number } = AUTOMATIC,
): 'COLD' | 'WARM' | 'HOT' {
  if (requestsPerMinute >= limits.hotPerMinute) return 'HOT';
  return idleMinutes >= limits.idleMinutes ? 'COLD' : 'WARM';
}

/** Where the weights are to be now: WARM holds until its time is over, AUTOMATIC is what was decided last. */
export function targetOf({ mode, decided, warmUntil }: { mode: ThermalMode; decided: ThermalState; warmUntil: Date | null }, now: Date): ThermalState {
  if (mode === 'AUTOMATIC') return decided;
  if (mode === 'WARM') return warmUntil !== null && warmUntil > now ? 'WARM' : 'COLD';
  return mode;
}

/** Where they are: in memory of one living box, on its disk, or in storage only. A model without files needs nothing. */
export function stateOf(
  mode: ThermalMode,
  digests: readonly string[],
  boxes: readonly { loaded: readonly string[]; cached: readonly string[] }[],
): ThermalState {
  if (mode === 'OFF') return 'OFF';
  if (digests.length === 0) return 'COLD';
  if (boxes.some((box) => digests.every((digest) => box.loaded.includes(digest)))) return 'HOT';
  const isHere = (box: { loaded: readonly string[]; cached: readonly string[] }): boolean =>
    digests.every((digest) => box.cached.includes(digest) || box.loaded.includes(digest));
  return boxes.some(isHere) ? 'WARM' : 'COLD';
}

/** DISABLED by an operator; without a box that takes work DEGRADED when a fallback serves, else OFFLINE. */
export function serviceOf(mode: ThermalMode, hasBoxes: boolean, hasFallback: boolean): ServiceState {
  if (mode === 'OFF') return 'DISABLED';
  return hasBoxes ? 'RUNNING' : hasFallback ? 'DEGRADED' : 'OFFLINE';
}
