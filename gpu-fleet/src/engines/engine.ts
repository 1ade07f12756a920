/** What the agent asks of an engine, whatever runs behind it: a worker thread, a ComfyUI process, an ONNX session. */
import type { EngineName, TaskKind, WeightFormat, WeightRole } from '@atelier/contracts';

export interface EngineInput {
  name: string;
  data: Uint8Array;
  contentType: string;
}

/** A file of weights on this machine's disk: its digest was checked, and a passport allows it to be opened. Read only. */
export interface EngineWeights {
  digest: string;
  role: WeightRole;
  /** File name the engine may show, unique by digest. */
  name: string;
  format: WeightFormat;
  /** Where it lies. */
  path: string;
  bytes: number;
  vramMb: number;
}

export interface EngineProgress {
  step: number;
  totalSteps: number;
  /** In words of the field: `sampling`, `segmenting`, `encoding`. */
  stage: string;
  /** JPEG, at most 12 KB so that its data URL stays within the protocol's 16 KB. */
  preview?: Uint8Array;
}

export interface EngineTask {
  kind: TaskKind;
  parameters: Record<string, unknown>;
  inputs: EngineInput[];
  weights: EngineWeights[];
  /** Weights are in memory, work begins: the meter's load ends and its work starts. The first call counts. An engine that loads nothing calls it at once. */
  onLoaded: () => void;
  onProgress: (progress: EngineProgress) => void;
  /** Milliseconds after which the attempt is aborted, counted from before its inputs were fetched; absent: nobody limits it. */
  timeLimitMs?: number;
  /** Aborted: stop soon and reject with anything; the agent knows why it aborted. */
  signal: AbortSignal;
}

export interface EngineOutput {
  /** `image`, `mask` or `video`, as `TaskParameters` says of the kind. */
  slot: string;
  /** The bytes, or a file that the agent deletes after the upload: what is large never lies in memory as a whole. */
  data: Uint8Array | { file: string; bytes: number };
  contentType: string;
  width: number | null;
  height: number | null;
  /** Facts for the asset's page. */
  metadata: Record<string, unknown>;
}

export interface EngineResult {
  outputs: EngineOutput[];
  /** True when a placeholder was drawn instead of running a model. */
  simulated: boolean;
  stepsDone: number;
  stepsTotal: number;
}

/**
 * A folder `engines/<name>/` shows `open<Name>Engine(settings): Promise<Engine | null>` (see `OpenEngine` in open-engines.ts): null where it is not set up,
 * a rejection with cause and cure where it is set up and broken.
 * Long work is done in a thread or a process of its own: the agent's thread beats for every task of the box, and a lease ends when it is silent.
 */
export interface Engine {
  readonly name: EngineName;
  readonly version: string;
  readonly kinds: readonly TaskKind[];
  /** Digests of weights that are in memory now. */
  loaded(): string[];
  /** Whether it runs on the GPU; a box none of whose engines does is a CPU box, whatever card it has. */
  readonly usesGpu: boolean;
  /**
   * Rejects with EngineInputError when the fault is the user's, with EngineFault otherwise.
   * May be called again before an earlier call has ended, up to the box's slots.
   */
  run(task: EngineTask): Promise<EngineResult>;
  close(): Promise<void>;
}

/** The user's picture or parameters cannot be used: no retry helps. */
export class EngineInputError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The engine failed; another attempt may succeed. `code` is `out_of_memory`, `engine_crashed`, `engine_error`, `model_mismatch`, `weights_missing`. */
export class EngineFault extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
