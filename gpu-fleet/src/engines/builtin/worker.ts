/** The thread: one task at a time, told by `ToWorker`, answered by `FromWorker`. */
import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { EngineFault, EngineInputError } from '../engine.js';
import { Course, Inputs } from './operation.js';
import { perform } from './operations.js';
import type { FromWorker, ToWorker, WorkerSettings } from './protocol.js';

// A slot is one core; libvips' own threads would take the neighbours'.
sharp.concurrency(1);
sharp.cache(false);

const port = parentPort;
if (!port) throw new Error('worker.js runs in a worker thread of the builtin engine, not by itself.');

port.on('message', ({ kind, parameters, inputs, stop, folder }: ToWorker) => {
  const flag = new Int32Array(stop);
  const course = new Course(
    (step, totalSteps, stage, preview) => tell({ type: 'progress', step, totalSteps, stage, ...(preview ? { preview } : {}) }),
    () => Atomics.load(flag, 0) === 1,
  );
  perform(kind, parameters, new Inputs(inputs, (workerData as WorkerSettings).ffmpeg, folder), course).then(
    ({ outputs, simulated, steps }) => tell({ type: 'done', outputs, simulated, steps }),
    (error: unknown) => tell(failureOf(error)),
  );
});

function tell(message: FromWorker): void {
  port!.postMessage(message);
}

function failureOf(error: unknown): FromWorker {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof EngineInputError) return { type: 'failed', fault: 'input', code: error.code, message };
  if (error instanceof EngineFault) return { type: 'failed', fault: 'task', code: error.code, message };
  if (error instanceof RangeError && /allocation failed|array length/i.test(message))
    return { type: 'failed', fault: 'task', code: 'out_of_memory', message: 'The engine ran out of memory: choose a smaller picture or a larger box.' };
  return { type: 'failed', fault: 'task', code: 'engine_error', message };
}
