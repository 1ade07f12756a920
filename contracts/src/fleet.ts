/**
 * The fleet protocol: a box speaks `POST {base}/api/v1/agent/{register|lease|heartbeat|complete|release}` with its box token
 * (`Authorization: Bearer …`; register carries a proof instead). JSON both ways. Every write carries (taskId, attempt): an attempt
 * that is no longer current gets 409 `superseded` and its seconds are wasted. A box holds no other credential.
 */
import type { WeightFormat, WeightRole } from './models.js';
import type { TaskKind } from './operations.js';
import type { PassportKey } from './passport.js';

export const GPU_CLASSES = ['CPU', 'T4', 'L4', 'A10G', 'A100', 'H100'] as const;
export type GpuClass = (typeof GPU_CLASSES)[number];
export type CapacityType = 'on_demand' | 'spot';
export type EngineName = 'builtin' | 'comfyui' | 'onnx';

/** How a box proves what it is, beside the pool's bootstrap secret. */
export type BoxProof = { kind: 'local'; nonce: string } | { kind: 'aws'; document: string; signature: string } | { kind: 'kubernetes'; token: string };

export interface RegisterRequest {
  /** Name of the pool, e.g. `local`. */
  pool: string;
  bootstrapSecret: string;
  proof: BoxProof;
  /** The provider's id of the machine (EC2 instance id, pod uid, child-process id). Registers once. */
  instanceId: string;
  /** When the provider launched the machine, ISO 8601; the start of the box's lifetime. Clamped by the server. */
  launchedAt: string;
  agentVersion: string;
  capacity: CapacityType;
  zone: string | null;
  gpu: { class: GpuClass; name: string; vramMb: number; driver: string | null };
  engines: { name: EngineName; version: string; kinds: TaskKind[] }[];
}
export interface RegisterResponse {
  boxId: string;
  token: string;
  /** Milliseconds for which the token holds; renewed by heartbeats. */
  tokenTtlMs: number;
  heartbeatMs: number;
  leaseTtlMs: number;
  longPollMs: number;
  /** How many tasks the box may run at once by this pool's rules. */
  slots: number;
  /** Keys of which one has signed the passport of every file of weights the box may open. */
  passportKeys: PassportKey[];
}

export interface LeaseRequest {
  /** Made by the box; the same id answers the same tasks. */
  requestId: string;
  /** `vramMb`: of the GPU, less what its tasks take together. */
  free: { slots: number; vramMb: number };
  /** Digests of weights in VRAM and on disk, for affinity. */
  loaded: string[];
  cached: string[];
}
export interface TaskInput {
  name: string;
  url: string;
  sha256: string;
  bytes: number;
  contentType: string;
}
export interface WeightsRef {
  /** SHA-256 of the file, lower-case hex; checked after the transfer, and before the file is opened. */
  digest: string;
  url: string;
  bytes: number;
  /** What it takes in memory of the GPU when loaded. */
  vramMb: number;
  /** How many tasks that use it may be on one box at once; absent: as many as fit. */
  maxParallelPerGpu?: number;
  role: WeightRole;
  /** File name under which an engine may show it: `[a-z0-9._-]`, unique by digest. */
  name: string;
  format: WeightFormat;
  /** Compact JWS of `PassportClaims`. */
  passport: string;
}
export interface LeasedTask {
  taskId: string;
  attempt: number;
  /** Which of the box's engines runs it. */
  engine: EngineName;
  kind: TaskKind;
  parameters: Record<string, unknown>;
  inputs: TaskInput[];
  weights: WeightsRef[];
  /** MiB of the GPU it takes, its weights included. */
  vramMb: number;
  /** Milliseconds of this attempt after which the agent itself stops it as `timeout`. */
  timeLimitMs: number;
  leaseTtlMs: number;
}
export interface LeaseResponse {
  /** Empty when the long poll ended without work. */
  tasks: LeasedTask[];
  /** True: stop asking, finish what runs, release, exit. */
  drain: boolean;
}

/** Milliseconds measured by the box's monotonic clock; the server clamps them to its own stamps. */
export interface TaskMeter {
  loadMs: number;
  workMs: number;
}
export interface UploadWish {
  /** Output slot, `image` for the first picture. */
  slot: string;
  sha256: string;
  bytes: number;
  contentType: string;
}
export interface UploadGrant {
  slot: string;
  key: string;
  url: string;
  /** Send exactly these headers with the PUT. */
  headers: Record<string, string>;
}
export interface TaskBeat {
  taskId: string;
  attempt: number;
  state: 'loading' | 'running';
  step: number;
  totalSteps: number;
  /** Stage in words of the field: `loading model`, `sampling`, `segmenting`, `encoding`, `uploading`. */
  stage: string;
  /** JPEG data URL, at most 16 KB, at most 2 per second. */
  preview?: { step: number; dataUrl: string };
  meter: TaskMeter;
  /** Asks for signed PUT addresses bound to size and digest. */
  uploads?: UploadWish[];
}
export interface HeartbeatRequest {
  tasks: TaskBeat[];
  gpu: { vramUsedMb: number; utilisation: number; xid: number | null };
  loaded: string[];
  cached: string[];
}
export interface HeartbeatResponse {
  tasks: { taskId: string; attempt: number; verdict: 'continue' | 'stop' | 'superseded'; uploads?: UploadGrant[] }[];
  drain: boolean;
  /** Weights worth having on disk before a task asks for them. A hint: fetched when nothing else is. */
  preload?: WeightsRef[];
  /** Present when the token was renewed. */
  token?: string;
  tokenTtlMs?: number;
}

export interface TaskOutput {
  slot: string;
  key: string;
  sha256: string;
  bytes: number;
  contentType: string;
  width: number | null;
  height: number | null;
  /** Facts for the asset's page: engine, method, seed, `simulated`. */
  metadata: Record<string, unknown>;
}
/**
 * Whose fault: `input` – the user's (no retry, the metered share is charged); `task` – the engine's or ours, retried up to 3 times;
 * `box` – this machine is unfit, retried elsewhere and the box is watched.
 */
export type TaskErrorClass = 'input' | 'task' | 'box';
export interface CompleteRequest {
  taskId: string;
  attempt: number;
  outcome: 'done' | 'failed' | 'stopped';
  outputs: TaskOutput[];
  error?: { class: TaskErrorClass; code: string; message: string };
  meter: TaskMeter;
  stepsDone: number;
  stepsTotal: number;
  /** True when an engine drew a placeholder instead of running a model. */
  simulated: boolean;
}
export interface CompleteResponse {
  accepted: true;
  /** True when this same completion was recorded before. */
  replayed: boolean;
}
export interface ReleaseRequest {
  reason: 'spot_notice' | 'sigterm' | 'drain';
  /** Tasks given back unfinished; they return to the front of their lane, the tenant does not pay. */
  tasks: { taskId: string; attempt: number; meter: TaskMeter }[];
  /** True: the box goes away now. */
  final: boolean;
}
export interface ReleaseResponse {
  released: string[];
}
