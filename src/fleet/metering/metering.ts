import type { CapacityType, GpuClass, TaskErrorClass, TaskMeter } from '@atelier/contracts';

export type AttemptOutcome = 'done' | 'failed' | 'stopped' | 'lost' | 'released';

/** An attempt begins when its task is leased to a box. */
export interface NewAttempt {
  taskId: string;
  attempt: number;
  tenantId: string;
  jobId: string;
  kind: string;
  units: number;
  vramMb: number;
  /** It works with a file that a tenant brought: its failures say nothing of the box. */
  ofTenant: boolean;
}

/** The box an attempt runs on, as far as the book needs to know it. */
export interface MeteredBox {
  id: string;
  poolId: string;
  gpuClass: GpuClass;
  capacity: CapacityType;
}

/** The time that the boxes of a pool spent between two cuts, in milliseconds; classes add up to `lifetime`. */
export interface BoxPiece {
  poolId: string;
  gpuClass: GpuClass;
  capacity: CapacityType;
  from: Date;
  work: number;
  load: number;
  boot: number;
  /** Ready with nothing to do, and what a task neither loaded nor worked. */
  idle: number;
  drain: number;
  /** Of attempts in vain. */
  wasted: number;
  /** After a box fell silent. */
  silent: number;
  lifetime: number;
}

export interface AttemptEnd {
  taskId: string;
  attempt: number;
  outcome: AttemptOutcome;
  /** True: by no fault of the user; its seconds are wasted and nobody's cost. */
  wasted: boolean;
  meter: TaskMeter;
  /** Last sign of life when the box fell silent; else the database's now. */
  endedAt?: Date;
  /** Price of an external call; only for attempts on `EXTERNAL_BOX`. */
  priceMicros?: bigint;
  error?: { class: TaskErrorClass; code: string };
  /** Digest of the completion, so that the same one can be answered again. */
  digest?: string;
}

/** Stands for the box in attempts that ran at somebody else's: no seconds of ours, a price instead. */
export const EXTERNAL_BOX = '00000000-0000-7000-8000-00000000e871';

export interface AttemptRecord {
  taskId: string;
  attempt: number;
  tenantId: string;
  boxId: string;
  outcome: AttemptOutcome | null;
  digest: string | null;
}
