import type { JobStatus, Operation, TaskKind, Visibility, WaitReason } from '@atelier/contracts';
import type { QuoteJson } from '../../billing/pricing/index.js';
import type { PaymentRule } from './course/outcome.js';
import type { JobInput } from './pipeline.port.js';

export interface StoredGpu {
  seconds: number;
  class: string | null;
  capacity: string | null;
  costMicros: string;
}
export interface JobFault {
  code: string;
  message: string;
}
/** Output `slot` of the task `from` is the input `name` of the task `task`. */
export interface Wire {
  task: string;
  name: string;
  from: string;
  slot: string;
}
/** A row of `job`. Milli-credits are decimal strings here, as `bigint` columns arrive. */
export interface JobRow {
  tenantId: string;
  id: string;
  ownerId: string;
  keyId: string | null;
  teamId: string | null;
  visibility: Visibility;
  operation: Operation;
  parameters: Record<string, unknown>;
  inputs: JobInput[];
  status: JobStatus;
  stage: string | null;
  waitReason: WaitReason | null;
  progress: number;
  unitsTotal: number;
  unitsDone: number;
  quote: QuoteJson;
  heldMilli: string;
  chargedMilli: string | null;
  paymentRule: PaymentRule | null;
  gpu: StoredGpu | null;
  simulated: boolean;
  failedOutputs: (JobFault & { index: number })[];
  error: JobFault | null;
  bodyHash: string | null;
  eventSeq: number;
  cancelRequestedAt: Date | null;
  resultKinds: TaskKind[] | null;
  wiring: Wire[];
  openUntil: Date | null;
  /** By the database's clock. */
  open: boolean;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** A job about to be written. */
export interface NewJob extends Pick<
  JobRow,
  | 'id'
  | 'ownerId'
  | 'keyId'
  | 'teamId'
  | 'visibility'
  | 'operation'
  | 'parameters'
  | 'inputs'
  | 'unitsTotal'
  | 'quote'
  | 'heldMilli'
  | 'simulated'
  | 'resultKinds'
  | 'wiring'
> {
  openSeconds: number | null;
  idemActor: string | null;
  idemRoute: string | null;
  idemKey: string | null;
  bodyHash: string | null;
  events: NewEvent[];
}
export interface NewEvent {
  type: string;
  data: object;
}
export interface StoredEvent {
  id: number;
  type: string;
  data: Record<string, unknown>;
  createdAt: Date;
}
export interface OutputRow {
  jobId: string;
  position: number;
  assetId: string;
}

/** Columns that the course of a job changes; `undefined` leaves one as it is. */
export type JobPatch = Partial<
  Pick<
    JobRow,
    | 'status'
    | 'stage'
    | 'waitReason'
    | 'progress'
    | 'unitsDone'
    | 'unitsTotal'
    | 'chargedMilli'
    | 'paymentRule'
    | 'gpu'
    | 'simulated'
    | 'failedOutputs'
    | 'error'
  >
> & {
  /** Stamps by the database's clock; the first stamp stays. */
  started?: boolean;
  finished?: boolean;
  cancelRequested?: boolean;
  /** Takes no more tasks from now on. */
  closed?: boolean;
};
