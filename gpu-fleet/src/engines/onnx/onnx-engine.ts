/** ONNX graphs by onnxruntime, in a thread of its own, so that a model at work never holds up a heartbeat. */
import { existsSync, mkdirSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { TaskKind } from '@atelier/contracts';
import { EngineFault, EngineInputError, type Engine, type EngineResult, type EngineTask } from '../engine.js';
import { hasFfmpeg } from '../frames/ffmpeg.js';
import { dropFilm, filmFolder } from '../frames/film.js';
import type { FromWorker, ToWorker, WorkerSettings } from './protocol.js';
import type { Provider } from './runtime.js';
import { ONNX_ENGINE_VERSION } from './version.js';

export interface OnnxOptions {
  /** `auto` (default): CUDA where a session opens on it, else the processor. */
  provider?: Provider | 'auto';
  /** Sum of `vramMb` of the models that may be in memory at once. Default: the card's memory on CUDA, half of this machine's on the processor. */
  budgetMb?: number;
  /** Memory of the card, where there is one. */
  cardMb?: number;
  /** Threads of one run on the processor. Default: all cores but one. */
  threads?: number;
  /** Memory for embeddings of clicked pictures. Default 256 MB, which is fifteen. */
  embeddingBytesMax?: number;
  /** Program; without it there is no `interpolate`. Default `ffmpeg`. */
  ffmpeg?: string | null;
  /** Folder for files of large outputs. Default: one of this process in the system's temporary folder. */
  folder?: string;
}

export type OpenedOnnx =
  { engine: OnnxEngine; provider: Provider; /** Why not CUDA. */ note: string | null } | { engine: null; isInstalled: boolean; reason: string };

type Opening = Extract<FromWorker, { type: 'open' | 'unavailable' }>;

interface Running {
  task: EngineTask;
  resolve: (result: EngineResult) => void;
  reject: (error: Error) => void;
}

const PICTURE_KINDS: readonly TaskKind[] = ['segment', 'clean-up', 'matte', 'remove-background', 'upscale', 'face-restore', 'analyze'];

export class OnnxEngine implements Engine {
  readonly name = 'onnx';
  readonly kinds: readonly TaskKind[];
  readonly usesGpu: boolean;
  readonly version: string;
  private readonly running = new Map<number, Running>();
  /** Folders of films under way. A thread that is ended cannot tidy up. */
  private readonly films = new Set<string>();
  private digests: string[] = [];
  private lastId = 0;
  private closed = false;

  private constructor(
    private readonly settings: WorkerSettings,
    private worker: Worker | null,
    opening: Extract<Opening, { type: 'open' }>,
  ) {
    this.kinds = settings.ffmpeg ? [...PICTURE_KINDS, 'interpolate'] : PICTURE_KINDS;
    this.usesGpu = opening.provider === 'cuda';
    this.version = `${ONNX_ENGINE_VERSION}+onnxruntime.${opening.version}`;
    this.listen(worker!);
  }

  /** Never rejects: a box without onnxruntime goes on without this engine, and shows the reason. */
  static async open(options: OnnxOptions = {}): Promise<OpenedOnnx> {
    const ffmpeg = options.ffmpeg === null ? null : (options.ffmpeg ?? 'ffmpeg');
    const half = Math.floor(totalmem() / 2 ** 21);
    const settings: WorkerSettings = {
      provider: options.provider ?? 'auto',
      threads: options.threads ?? Math.max(1, availableParallelism() - 1),
      budgetMb: { cpu: options.budgetMb ?? half, cuda: options.budgetMb ?? options.cardMb ?? half },
      embeddingBytesMax: options.embeddingBytesMax ?? 256 * 2 ** 20,
      ffmpeg: ffmpeg && (await hasFfmpeg(ffmpeg)) ? ffmpeg : null,
      folder: options.folder ?? join(tmpdir(), `atelier-onnx-${process.pid}`),
    };
    mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
    const { worker, opening } = await hire(settings);
    if (opening.type === 'open') return { engine: new OnnxEngine(settings, worker, opening), provider: opening.provider, note: opening.note };
    await worker.terminate();
    const { isInstalled, reason } = opening;
    return {
      engine: null,
      isInstalled,
      reason: isInstalled
        ? `onnxruntime-node is installed and does not load (${reason}): install it anew on this machine with \`npm install onnxruntime-node\`, or set ATELIER_ONNX=off.`
        : `onnxruntime-node is not installed (${reason}): install it with \`npm install onnxruntime-node\` where the agent runs.`,
    };
  }

  async run(task: EngineTask): Promise<EngineResult> {
    if (this.closed) throw new EngineFault('engine_closed', 'The engine is shutting down.');
    const worker = this.worker ?? (await this.replace());
    const { kind, parameters, inputs, weights, signal } = task;
    const id = ++this.lastId;
    const stop = new SharedArrayBuffer(4);
    const film = filmFolder();
    this.films.add(film);
    const onAbort = (): void => void Atomics.store(new Int32Array(stop), 0, 1);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    try {
      return await new Promise<EngineResult>((resolve, reject) => {
        this.running.set(id, { task, resolve, reject });
        worker.ref();
        worker.postMessage({ id, kind, parameters, inputs, weights: [...weights], stop, film } satisfies ToWorker);
      });
    } catch (error) {
      await dropFilm(film);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.films.delete(film);
      this.running.delete(id);
      if (this.running.size === 0) this.worker?.unref();
    }
  }

  loaded(): string[] {
    return this.digests;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.worker?.terminate();
    await Promise.all([...this.films].map(dropFilm));
    // What waits for an upload in it keeps it.
    await rmdir(this.settings.folder).catch(() => undefined);
  }

  private listen(worker: Worker): void {
    worker.unref();
    worker.on('message', (message: FromWorker) => this.hear(message));
    worker.on('error', (error) => this.lose(worker, error));
    worker.on('exit', (code) => this.lose(worker, new Error(`its thread ended with code ${code}`)));
  }

  private hear(message: FromWorker): void {
    if (message.type === 'loaded') this.digests = message.digests;
    if (!('id' in message)) return;
    const running = this.running.get(message.id);
    if (!running) return;
    const { task, resolve, reject } = running;
    if (message.type === 'ready') task.onLoaded();
    else if (message.type === 'progress') task.onProgress(message);
    else if (message.type === 'done') resolve({ outputs: message.outputs, simulated: false, stepsDone: message.steps, stepsTotal: message.steps });
    else reject(message.fault === 'input' ? new EngineInputError(message.code, message.message) : new EngineFault(message.code, message.message));
  }

  /** What ran in the thread is lost; the next task starts another. */
  private lose(worker: Worker, error: Error): void {
    if (this.worker !== worker) return;
    this.worker = null;
    this.digests = [];
    const isMemory = (error as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY';
    const fault = isMemory
      ? new EngineFault('out_of_memory', 'The engine ran out of memory: choose a smaller picture or a larger box.')
      : new EngineFault('engine_crashed', `The onnx engine crashed: ${error.message}`);
    for (const { reject } of this.running.values()) reject(fault);
  }

  private async replace(): Promise<Worker> {
    const { worker, opening } = await hire(this.settings);
    if (opening.type === 'unavailable') throw new EngineFault('engine_crashed', `The onnx engine does not start again: ${opening.reason}`);
    // Two tasks may have asked at once; the second one's thread serves both.
    if (this.worker) {
      void worker.terminate();
      return this.worker;
    }
    this.worker = worker;
    this.listen(worker);
    return worker;
  }
}

/** A thread that has said whether it can work. */
function hire(settings: WorkerSettings): Promise<{ worker: Worker; opening: Opening }> {
  const worker = new Worker(workerFile(), { workerData: settings });
  return new Promise((resolve) => {
    const onMessage = (message: Opening): void => end(message);
    const onError = (error: Error): void => end({ type: 'unavailable', reason: error.message, isInstalled: true });
    const onExit = (code: number): void => end({ type: 'unavailable', reason: `its thread ended with code ${code}`, isInstalled: true });
    const end = (opening: Opening): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      resolve({ worker, opening });
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}

/** Threads run the compiled worker even when this file runs from source (vitest), because a thread knows no TypeScript. */
function workerFile(): URL {
  const file = new URL(import.meta.url.endsWith('.ts') ? '../../../dist/engines/onnx/worker.js' : './worker.js', import.meta.url);
  if (!existsSync(fileURLToPath(file))) throw new Error(`${fileURLToPath(file)} is missing: run \`npx tsc -b gpu-fleet\` first.`);
  return file;
}
