import type { GpuClass, ModelEngine, TaskKind, TaskOutput, WaitReason, WeightFormat, WeightRole } from '@atelier/contracts';
import type { TaskError } from './ending.js';
import type { TaskState } from './task-state.js';

export interface TaskInputRef {
  name: string;
  /** Key in storage. */
  key: string;
  sha256: string;
  bytes: number;
  contentType: string;
}
export interface WeightsUse {
  digest: string;
  key: string;
  bytes: number;
  vramMb: number;
  /** How many tasks that use it may be on one box at once; absent: as many as fit. */
  maxParallelPerGpu?: number;
  role: WeightRole;
  name: string;
  format: WeightFormat;
  passport: string;
  /** A tenant brought it: what it does is the tenant's doing. */
  ofTenant?: true;
}

/** What studio hands down: the smallest restartable unit of work. */
export interface NewTask {
  id: string;
  jobId: string;
  /** `external`: somebody else's service, called by fleet/external; else an engine of a box. */
  engine: ModelEngine;
  kind: TaskKind;
  parameters: Record<string, unknown>;
  inputs: readonly TaskInputRef[];
  weights: readonly WeightsUse[];
  /** MiB of a GPU, weights included. */
  vramMb: number;
  /** Base model whose lane it joins; `cpu` for work without weights. */
  base: string;
  state: 'ready' | 'blocked';
  /** Size in the kind's unit (megapixel-steps), from which its pace is learned. */
  units?: number;
  estimateMs: number;
  timeLimitMs: number;
  /** Weight of the plan's tier, 1 | 2 | 4 | 8. */
  tierWeight: number;
  /** Jobs of the tenant that may run at once; null: any number. */
  runningCap: number | null;
  /** Classes that plan and model allow. */
  gpuClasses: readonly GpuClass[];
}

export interface TaskProgress {
  step: number;
  totalSteps: number;
  stage: string;
  state: 'loading' | 'running';
}

/** A task as the rooms above see it. */
export interface TaskView {
  id: string;
  jobId: string;
  kind: TaskKind;
  state: TaskState;
  attempt: number;
  failures: number;
  parameters: Record<string, unknown>;
  inputs: TaskInputRef[];
  outputs: TaskOutput[];
  error: TaskError | null;
  progress: TaskProgress | null;
  stepsDone: number | null;
  stepsTotal: number | null;
  simulated: boolean;
  units: number;
  estimateMs: number;
  waitReason: WaitReason | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export interface QueuePosition {
  /** Tasks that start before the job's next one, that one included; null when nothing of the job waits. */
  position: number | null;
  reason?: WaitReason;
  /** Until the next task starts; null while no box takes work. */
  waitSeconds: number | null;
  /** Until the next task is done. */
  etaSeconds: number | null;
}
