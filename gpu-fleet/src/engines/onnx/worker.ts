/** The thread that owns all sessions. Tasks take turns between two runs of a graph: onnxruntime blocks the thread during one. */
import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { EngineFault, EngineInputError } from '../engine.js';
import { Course, Inputs } from '../builtin/operation.js';
import { Embeddings } from './embeddings.js';
import { perform } from './kinds/kinds.js';
import type { FromWorker, ToWorker, WorkerSettings } from './protocol.js';
import { findRuntime } from './runtime.js';
import { Sessions } from './sessions.js';
import { ONNX_ENGINE_VERSION } from './version.js';

sharp.concurrency(1);
sharp.cache(false);

const port = parentPort;
if (!port) throw new Error('worker.js runs in a worker thread of the onnx engine, not by itself.');
const settings = workerData as WorkerSettings;

try {
  const { runtime, version, provider, note } = await findRuntime(settings.provider);
  const { threads, budgetMb } = settings;
  const sessions = new Sessions(runtime, { provider, threads, budgetMb: budgetMb[provider], onChange: (digests) => tell({ type: 'loaded', digests }) });
  const embeddings = new Embeddings(settings.embeddingBytesMax);
  port.on('message', (task: ToWorker) => void work(task, sessions, embeddings));
  tell({ type: 'open', version, provider, note });
} catch (error) {
  const { code, message } = error as Error & { code?: string };
  const isInstalled = !(code === 'ERR_MODULE_NOT_FOUND' && message.includes("'onnxruntime-node'"));
  tell({ type: 'unavailable', reason: message.split('\n')[0]!, isInstalled });
}

async function work({ id, kind, parameters, inputs, weights, stop, film }: ToWorker, sessions: Sessions, embeddings: Embeddings): Promise<void> {
  const flag = new Int32Array(stop);
  const course = new Course(
    (step, totalSteps, stage, preview) => tell({ type: 'progress', id, step, totalSteps, stage, ...(preview ? { preview } : {}) }),
    () => Atomics.load(flag, 0) === 1,
  );
  const facts = { parameters, engine: 'onnx', engineVersion: ONNX_ENGINE_VERSION, simulated: false };
  try {
    const { folder, ffmpeg } = settings;
    const onLoaded = (): void => tell({ type: 'ready', id });
    const { outputs, steps } = await perform(kind, parameters, {
      inputs: new Inputs(inputs, ffmpeg ?? undefined, film),
      weights,
      sessions,
      embeddings,
      course,
      onLoaded,
      folder,
      ffmpeg,
      facts,
    });
    tell({ type: 'done', id, outputs, steps });
  } catch (error) {
    tell(failureOf(id, error));
  }
}

function tell(message: FromWorker): void {
  port!.postMessage(message);
}

function failureOf(id: number, error: unknown): FromWorker {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof EngineInputError) return { type: 'failed', id, fault: 'input', code: error.code, message };
  if (error instanceof EngineFault) return { type: 'failed', id, fault: 'task', code: error.code, message };
  if (error instanceof RangeError && /allocation failed|array length/i.test(message))
    return { type: 'failed', id, fault: 'task', code: 'out_of_memory', message: 'The engine ran out of memory: choose a smaller picture or a larger box.' };
  return { type: 'failed', id, fault: 'task', code: 'engine_error', message };
}
