/**
 * The CPU engine: its work runs in worker threads, so that a busy processor never holds up a heartbeat. A stop is asked for first
 * (the worker looks between two steps); a worker that does not hear within `PATIENCE_MS` is ended and replaced.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { TASK_KINDS, type TaskKind } from '@atelier/contracts';
import { EngineFault, EngineInputError, type Engine, type EngineResult, type EngineTask } from '../engine.js';
import { dropFilm, filmFolder } from '../frames/film.js';
import type { FromWorker, ToWorker, WorkerSettings } from './protocol.js';
import { BUILTIN_VERSION } from './version.js';

const PATIENCE_MS = 1_500;

export class BuiltinEngine implements Engine {
  readonly name = 'builtin';
  readonly version = BUILTIN_VERSION;
  readonly kinds: readonly TaskKind[] = TASK_KINDS.filter((kind) => kind !== 'analyze');
  readonly usesGpu = false;
  private readonly idle: Worker[] = [];
  private readonly all = new Set<Worker>();
  /** Of tasks under way, for their films. A thread that is ended cannot tidy up. */
  private readonly folders = new Set<string>();
  private closed = false;

  /** @param ready workers started ahead, so that a first task does not wait for one. */
  constructor(
    ready = 1,
    private readonly settings: WorkerSettings = { ffmpeg: 'ffmpeg' },
  ) {
    for (let i = 0; i < ready; i++) this.idle.push(this.hire());
  }

  async run(task: EngineTask): Promise<EngineResult> {
    if (this.closed) throw new EngineFault('engine_closed', 'The engine is shutting down.');
    task.onLoaded();
    const worker = this.idle.pop() ?? this.hire();
    const folder = filmFolder();
    this.folders.add(folder);
    try {
      const result = await this.converse(worker, task, folder);
      this.idle.push(worker);
      return result;
    } catch (error) {
      if (this.all.has(worker)) this.idle.push(worker);
      else if (!this.closed) this.idle.push(this.hire());
      await dropFilm(folder);
      throw error;
    } finally {
      this.folders.delete(folder);
    }
  }

  loaded(): string[] {
    return [];
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.all].map((worker) => worker.terminate()));
    await Promise.all([...this.folders].map(dropFilm));
  }

  private hire(): Worker {
    const worker = new Worker(workerFile(), { workerData: this.settings });
    this.all.add(worker);
    worker.unref();
    worker.setMaxListeners(0);
    worker.on('error', () => this.all.delete(worker));
    worker.once('exit', () => {
      this.all.delete(worker);
      const place = this.idle.indexOf(worker);
      if (place >= 0) this.idle.splice(place, 1);
    });
    return worker;
  }

  /** Gives the worker one task and listens until it is done, failed or gone. */
  private converse(worker: Worker, { kind, parameters, inputs, onProgress, signal }: EngineTask, folder: string): Promise<EngineResult> {
    const stop = new SharedArrayBuffer(4);
    return new Promise((resolve, reject) => {
      let impatience: NodeJS.Timeout | undefined;
      const onAbort = () => {
        Atomics.store(new Int32Array(stop), 0, 1);
        impatience = setTimeout(() => void worker.terminate(), PATIENCE_MS);
      };
      const onMessage = (message: FromWorker) => {
        if (message.type === 'progress') return onProgress(message);
        end();
        if (message.type === 'done') resolve({ outputs: message.outputs, simulated: message.simulated, stepsDone: message.steps, stepsTotal: message.steps });
        else reject(message.fault === 'input' ? new EngineInputError(message.code, message.message) : new EngineFault(message.code, message.message));
      };
      const onError = (error: Error) => {
        end();
        reject(crashOf(error));
      };
      const onExit = (code: number) => onError(new Error(`The worker ended with code ${code}.`));
      const end = () => {
        clearTimeout(impatience);
        signal.removeEventListener('abort', onAbort);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        worker.unref();
      };
      worker.ref();
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      signal.addEventListener('abort', onAbort);
      worker.postMessage({ kind, parameters, inputs, stop, folder } satisfies ToWorker);
      if (signal.aborted) onAbort();
    });
  }
}

function crashOf(error: Error): EngineFault {
  const isMemory = (error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY' || /out of memory|allocation failed/i.test(error.message);
  return isMemory
    ? new EngineFault('out_of_memory', 'The engine ran out of memory: choose a smaller picture or a larger box.')
    : new EngineFault('engine_crashed', `The engine crashed: ${error.message}`);
}

/** Threads run the compiled worker even when this file runs from source (vitest), because a thread knows no TypeScript. */
function workerFile(): URL {
  const file = new URL(import.meta.url.endsWith('.ts') ? '../../../dist/engines/builtin/worker.js' : './worker.js', import.meta.url);
  if (!existsSync(fileURLToPath(file))) throw new Error(`${fileURLToPath(file)} is missing: run \`npx tsc -b gpu-fleet\` first.`);
  return file;
}
