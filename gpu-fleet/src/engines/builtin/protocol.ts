/** What passes between the engine and its worker threads. */
import type { EngineInput, EngineOutput } from '../engine.js';

export interface WorkerSettings {
  ffmpeg: string;
}

export interface ToWorker {
  kind: string;
  parameters: Record<string, unknown>;
  inputs: EngineInput[];
  /** One Int32: 1 asks the worker to stop at its next step. */
  stop: SharedArrayBuffer;
  /** Where a film may be made. */
  folder: string;
}

export type FromWorker =
  | { type: 'progress'; step: number; totalSteps: number; stage: string; preview?: Uint8Array }
  | { type: 'done'; outputs: EngineOutput[]; simulated: boolean; steps: number }
  | { type: 'failed'; fault: 'input' | 'task'; code: string; message: string };
