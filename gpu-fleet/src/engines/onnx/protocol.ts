/** What passes between the engine and its worker thread. */
import type { EngineInput, EngineOutput, EngineWeights } from '../engine.js';
import type { Provider } from './runtime.js';

/** `workerData`. */
export interface WorkerSettings {
  provider: Provider | 'auto';
  threads: number;
  /** Memory for models on the processor, and on the card. */
  budgetMb: Record<Provider, number>;
  embeddingBytesMax: number;
  ffmpeg: string | null;
  /** Folder for files of large pictures. */
  folder: string;
}

export interface ToWorker {
  id: number;
  kind: string;
  parameters: Record<string, unknown>;
  inputs: EngineInput[];
  weights: EngineWeights[];
  /** One Int32: 1 asks for a stop at the next step. */
  stop: SharedArrayBuffer;
  /** Where a film may be made. */
  film: string;
}

export type FromWorker =
  | { type: 'open'; version: string; provider: Provider; note: string | null }
  | { type: 'unavailable'; reason: string; /** False: the package is not there. */ isInstalled: boolean }
  | { type: 'loaded'; digests: string[] }
  | { type: 'ready'; id: number }
  | { type: 'progress'; id: number; step: number; totalSteps: number; stage: string; preview?: Uint8Array }
  | { type: 'done'; id: number; outputs: EngineOutput[]; steps: number }
  | { type: 'failed'; id: number; fault: 'input' | 'task'; code: string; message: string };
