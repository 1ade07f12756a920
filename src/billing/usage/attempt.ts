import type { CapacityType, GpuClass } from '@atelier/contracts';

export type AttemptOutcome = 'done' | 'failed' | 'stopped' | 'lost' | 'released' | 'superseded';

/** What the fleet reports when an attempt is closed, already clamped to the server's own stamps. */
export interface Attempt {
  tenantId: string;
  jobId: string;
  taskId: string;
  attempt: number;
  boxId: string;
  poolId: string;
  gpuClass: GpuClass;
  capacity: CapacityType;
  outcome: AttemptOutcome;
  loadMs: number;
  workMs: number;
  /** Time that brought nothing: never the tenant's. */
  wastedMs: number;
  /** Share of the box in millionths, 0 to 1,000,000. */
  sharePpm: number;
  startedAt: Date;
  endedAt: Date;
}

/** What an hour of a box costs the house, from an instant on. */
export interface RateCard {
  version: number;
  gpuClass: GpuClass;
  capacity: CapacityType;
  usdMicrosPerHour: bigint;
  effectiveFrom: Date;
}

/** An attempt with its price: `costMicros` of load and work, `absorbedMicros` of the wasted time. */
export interface AttemptUsage extends Omit<Attempt, 'tenantId' | 'jobId'> {
  /** `external`: the price of a call to somebody else's service, no seconds. */
  line: 'gpu' | 'cpu' | 'external';
  /** Microseconds of box time of load and work, by the share of the box. */
  occupiedUs: number;
  rateVersion: number | null;
  usdMicrosPerHour: bigint;
  costMicros: bigint;
  absorbedMicros: bigint;
}

/** The seconds and the cost of a job. Class and capacity are those of its last finished attempt, else of its last. */
export interface JobUsage {
  seconds: number;
  class: GpuClass | null;
  capacity: CapacityType | null;
  costMicros: bigint;
  attempts: AttemptUsage[];
}
