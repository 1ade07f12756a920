/**
 * One attempt of one task, from lease to completion: inputs and weights → engine → upload → complete. It ends in exactly one of: completed
 * (done, failed, stopped), dropped (superseded; nobody waits for it), handed back (the agent lists it in `release`).
 */
import { rmSync } from 'node:fs';
import type {
  CompleteRequest,
  HeartbeatResponse,
  LeasedTask,
  TaskBeat,
  TaskErrorClass,
  TaskMeter,
  TaskOutput,
  UploadGrant,
  UploadWish,
  WeightsRef,
} from '@atelier/contracts';
import { EngineFault, EngineInputError, type Engine, type EngineOutput, type EngineProgress, type EngineResult } from '../engines/engine.js';
import { FleetRefusal, type FleetClient } from './fleet-client.js';
import type { Log } from './log.js';
import { Meter } from './meter.js';
import { fetchInput, measured, TransferError, uploadOutput } from './transfer.js';
import type { HeldWeights, WeightsCache } from './weights-cache.js';
import { WeightsFault } from './weights-fault.js';

const GRANT_ROUNDS = 3;
/** A data URL within the protocol's 16 KB. */
const PREVIEW_BYTES_MAX = 12_000;
const MESSAGE_MAX = 2_000;
const MEBI = 1_048_576;

export type Ending = 'completed' | 'dropped' | 'handed_back';
type AbortCause = 'stop' | 'superseded' | 'timeout' | 'hand_back' | 'box_gone';

class Aborted extends Error {
  constructor(readonly why: AbortCause) {
    super(why);
  }
}

export interface RunContext {
  client: FleetClient;
  engine: Engine | undefined;
  weights: WeightsCache;
  baseUrl: string;
  log: Log;
  /** Something to report; `urgent` skips the pause between two beats. */
  onNews: (urgency: 'urgent' | 'soon') => void;
}

export class TaskRun {
  readonly ended: Promise<Ending>;
  private readonly meter = new Meter();
  private readonly abort = new AbortController();
  private state: TaskBeat['state'] = 'loading';
  private progress = { step: 0, totalSteps: 0, stage: 'loading inputs' };
  private preview: TaskBeat['preview'];
  private wishes: UploadWish[] | undefined;
  private onGrant: ((grants: UploadGrant[]) => void) | undefined;

  constructor(
    readonly task: LeasedTask,
    private readonly context: RunContext,
  ) {
    this.ended = this.run();
  }

  /** What the next heartbeat says. A preview is handed out once. */
  beat(): TaskBeat {
    const { taskId, attempt } = this.task;
    const beat: TaskBeat = { taskId, attempt, ...this.standing() };
    if (this.preview) beat.preview = this.preview;
    if (this.wishes) beat.uploads = this.wishes;
    this.preview = undefined;
    return beat;
  }

  standing(): { state: TaskBeat['state']; step: number; totalSteps: number; stage: string; meter: TaskMeter } {
    return { state: this.state, ...this.progress, meter: this.meter.read() };
  }

  hear({ verdict, uploads }: HeartbeatResponse['tasks'][number]): void {
    if (verdict !== 'continue') return this.end(verdict);
    if (uploads && uploads.length > 0 && this.onGrant) {
      this.wishes = undefined;
      this.onGrant(uploads);
    }
  }

  /** Ends the attempt unfinished; its seconds so far are for `release`. */
  handBack(): void {
    this.end('hand_back');
  }

  /** The server no longer knows this box: nothing can be reported any more. */
  forget(): void {
    this.end('box_gone');
  }

  finalMeter(): TaskMeter {
    return this.meter.read();
  }

  private end(why: AbortCause): void {
    this.abort.abort(new Aborted(why));
  }

  private async run(): Promise<Ending> {
    const timer = setTimeout(() => this.end('timeout'), this.task.timeLimitMs);
    try {
      const result = await this.execute();
      const outputs = await this.upload(result.outputs).finally(() => discard(result.outputs));
      await this.complete({ outcome: 'done', outputs, simulated: result.simulated, stepsDone: result.stepsDone, stepsTotal: result.stepsTotal });
      return 'completed';
    } catch (error) {
      return await this.endBadly(error);
    } finally {
      clearTimeout(timer);
      this.meter.stop();
    }
  }

  private async execute(): Promise<EngineResult> {
    const { kind, parameters, inputs } = this.task;
    const { engine, baseUrl } = this.context;
    if (!engine) throw new EngineFault('no_engine', `This box has no engine for ${kind}: give the pool boxes that register it.`);
    const { signal } = this.abort;
    const loaded = await Promise.all(
      inputs.map(async (input) => ({ name: input.name, contentType: input.contentType, data: await fetchInput(input, baseUrl, signal) })),
    );
    const weights = await this.fetchWeights();
    const settled = (): void => weights.forEach((held) => held.release());
    if (signal.aborted) settled();
    signal.throwIfAborted();
    const finished = engine.run({
      kind,
      parameters,
      inputs: loaded,
      weights: weights.map(({ release: _release, ...file }) => file),
      onLoaded: () => this.onLoaded(),
      onProgress: (p) => this.onProgress(p),
      timeLimitMs: this.task.timeLimitMs,
      signal,
    });
    // Files are the engine's until it has really ended, which may be after the attempt has.
    finished.then(settled, settled);
    const result = await untilAborted(finished, signal).catch((error: unknown) => {
      // Nobody waits any more for what it may still hand in.
      finished.then(
        ({ outputs }) => discard(outputs),
        () => undefined,
      );
      throw error;
    });
    this.onLoaded();
    return result;
  }

  /** All or none: what was held is let go when one of them cannot be had. Progress counts MiB of all of them. */
  private async fetchWeights(): Promise<HeldWeights[]> {
    const { weights } = this.task;
    if (weights.length === 0) return [];
    const done = weights.map(() => 0);
    const tell = (): void => this.loading(sum(done), sum(weights.map((ref) => ref.bytes)));
    tell();
    const acquire = (ref: WeightsRef, i: number): Promise<HeldWeights> =>
      this.context.weights.acquire(ref, this.abort.signal, (bytes) => {
        done[i] = bytes;
        tell();
      });
    const results = await Promise.allSettled(weights.map(acquire));
    const held = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) return held;
    held.forEach((file) => file.release());
    throw failed.reason;
  }

  private loading(doneBytes: number, bytes: number): void {
    const stage = 'loading model';
    const [step, totalSteps] = [Math.floor(doneBytes / MEBI), Math.ceil(bytes / MEBI)];
    const { stage: was, step: before } = this.progress;
    this.progress = { step, totalSteps, stage };
    if (was !== stage) this.context.onNews('urgent');
    else if (before !== step) this.context.onNews('soon');
  }

  private onLoaded(): void {
    if (this.state === 'running' || this.abort.signal.aborted) return;
    this.meter.startWork();
    this.state = 'running';
    this.progress = { step: 0, totalSteps: 0, stage: 'starting' };
    this.context.onNews('urgent');
  }

  private onProgress({ step, totalSteps, stage, preview }: EngineProgress): void {
    if (this.abort.signal.aborted) return;
    this.progress = { step, totalSteps, stage };
    if (preview && preview.byteLength <= PREVIEW_BYTES_MAX)
      this.preview = { step, dataUrl: `data:image/jpeg;base64,${Buffer.from(preview).toString('base64')}` };
    this.context.onNews('soon');
  }

  /** Asks for addresses by heartbeat, sends, and asks anew when an address was refused (it may have expired). */
  private async upload(outputs: EngineOutput[]): Promise<TaskOutput[]> {
    if (outputs.length === 0) return [];
    this.progress = { ...this.progress, stage: 'uploading' };
    const wishes = await Promise.all(outputs.map(async ({ slot, data, contentType }) => ({ slot, ...(await measured(data)), contentType })));
    for (let round = 1; ; round++) {
      const grants = await this.askFor(wishes);
      try {
        return await Promise.all(outputs.map((output, i) => this.send(output, wishes[i]!, grants)));
      } catch (error) {
        if (!(error instanceof TransferError && error.addressRefused) || round >= GRANT_ROUNDS) throw error;
      }
    }
  }

  private askFor(wishes: UploadWish[]): Promise<UploadGrant[]> {
    const { signal } = this.abort;
    const granted = new Promise<UploadGrant[]>((resolve) => (this.onGrant = resolve));
    this.wishes = wishes;
    this.context.onNews('urgent');
    return untilAborted(granted, signal);
  }

  private async send(output: EngineOutput, wish: UploadWish, grants: UploadGrant[]): Promise<TaskOutput> {
    const grant = grants.find((g) => g.slot === output.slot);
    if (!grant) throw new TransferError('upload_refused', `The server granted no address for output ${output.slot}.`);
    await uploadOutput(grant, output.data, this.context.baseUrl, this.abort.signal);
    return { ...wish, key: grant.key, width: output.width, height: output.height, metadata: output.metadata };
  }

  private async endBadly(error: unknown): Promise<Ending> {
    const why = error instanceof Aborted ? error.why : null;
    if (why === 'superseded' || why === 'box_gone') return 'dropped';
    if (why === 'hand_back') return 'handed_back';
    if (error instanceof FleetRefusal && (error.isSuperseded || error.isUnknownBox)) return 'dropped';
    // Before that, progress counts what was fetched: no work that anybody would be charged for.
    const { step, totalSteps } = this.state === 'running' ? this.progress : { step: 0, totalSteps: 0 };
    const rest = { outputs: [], simulated: false, stepsDone: step, stepsTotal: totalSteps };
    try {
      if (why === 'stop') await this.complete({ outcome: 'stopped', ...rest });
      else await this.complete({ outcome: 'failed', error: faultOf(error, why, this.task.timeLimitMs), ...rest });
      return 'completed';
    } catch (refusal) {
      this.context.log.warn('completion refused', { ...this.facts, reason: (refusal as Error).message });
      return 'dropped';
    }
  }

  /** Repeated until the server answers; a handing back or a superseding verdict ends it, a stop that comes too late does not. */
  private async complete(body: Omit<CompleteRequest, 'taskId' | 'attempt' | 'meter'>): Promise<void> {
    const { taskId, attempt } = this.task;
    const { replayed } = await this.context.client.complete({ taskId, attempt, ...body, meter: this.meter.read() }, { signal: this.abortOfCompletion() });
    this.context.log.info('task completed', { ...this.facts, outcome: body.outcome, code: body.error?.code, replayed, ...this.meter.read() });
  }

  private abortOfCompletion(): AbortSignal {
    const late = new AbortController();
    const { signal } = this.abort;
    const follow = () => {
      const { why } = signal.reason as Aborted;
      if (why !== 'stop' && why !== 'timeout') late.abort(signal.reason);
    };
    if (signal.aborted) follow();
    else signal.addEventListener('abort', follow, { once: true });
    return late.signal;
  }

  private get facts(): Record<string, unknown> {
    return { taskId: this.task.taskId, attempt: this.task.attempt, kind: this.task.kind };
  }
}

function faultOf(error: unknown, why: AbortCause | null, limitMs: number): { class: TaskErrorClass; code: string; message: string } {
  if (why === 'timeout') return { class: 'task', code: 'timeout', message: `The attempt did not end within its ${limitMs / 1000} s.` };
  if (error instanceof EngineInputError) return { class: 'input', code: error.code, message: error.message };
  if (error instanceof WeightsFault) return { class: error.class, code: error.code, message: error.message };
  if (error instanceof EngineFault || error instanceof TransferError) return { class: 'task', code: error.code, message: error.message };
  if (error instanceof FleetRefusal) return { class: 'task', code: 'completion_refused', message: error.message };
  return { class: 'task', code: 'engine_error', message: (error instanceof Error ? error.message : String(error)).slice(0, MESSAGE_MAX) };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

/** Files that an engine made for an upload have served. */
function discard(outputs: readonly EngineOutput[]): void {
  for (const { data } of outputs) if (!(data instanceof Uint8Array)) rmSync(data.file, { force: true });
}

/** The engine is given the signal too, but its answer is not waited for once the attempt is over. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
