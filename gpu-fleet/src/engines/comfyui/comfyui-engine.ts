/** Real diffusion by a ComfyUI process on loopback: one prompt at a time, followed to its end, with every fault told as what it is. */
import { randomUUID } from 'node:crypto';
import { totalmem } from 'node:os';
import type { TaskKind, TaskParameters } from '@atelier/contracts';
import { factsOfClip } from '../frames/ffmpeg.js';
import { filmOutput, withResult, type FilmWork } from '../frames/film.js';
import { EngineFault, type Engine, type EngineOutput, type EngineResult, type EngineTask } from '../engine.js';
import { ComfyClient, type HistoryEntry, type StoredFile } from './client.js';
import { faultOfCheck, faultOfHistory, faultOfRefusal } from './faults.js';
import { follow } from './follow.js';
import { checkGraph, type ObjectInfo } from './graphs/check-graph.js';
import { MissingWeights, type Graph, type GraphSource } from './graphs/graph.js';
import { pictureGraph, type PictureKind, type PictureTask } from './graphs/picture.js';
import { upscaleGraph } from './graphs/upscale.js';
import { videoGraph } from './graphs/video.js';
import { checkMaskSize } from '../builtin/masks.js';
import { fittedPng, keptInside, keptOutside, pictureOutput, readMade, remadePng, smallPreview } from './pictures.js';
import { Shelf } from './shelf.js';
import { Traces } from './traces.js';
import { Supervisor } from './supervisor.js';

export interface ComfyuiSettings {
  /** Where it listens; with a command, where it will. */
  url: string;
  /** Program and arguments that start it; null: somebody else runs it. */
  command?: readonly string[] | null;
  /** Its folder, in which `models` lies. */
  dir?: string | null;
  ffmpeg?: string;
  startMs?: number;
  answerMs?: number;
  quietMs?: number;
  /** Silence of a running prompt that counts as a hang; half of the attempt's limit where nothing is said. */
  hangMs?: number;
  /** How long a prompt may take to stop; one that goes on ends with its process. */
  graceMs?: number;
  /** Resident memory beyond which it is started anew between two tasks; nine tenths of the machine's where nothing is said. */
  growthMaxMb?: number;
}

const PICTURES: readonly TaskKind[] = ['txt2img', 'img2img', 'inpaint', 'outpaint'];
const PREVIEW_EVERY_MS = 400;
const GRACE_MS = 30_000;
/** Of an attempt that nobody limits. */
const UNLIMITED_MS = 2 * 3_600_000;
/** After these the process is started anew. */
const BROKEN: readonly string[] = ['engine_hung', 'engine_crashed', 'engine_silent'];

/** Nothing is said during one step, nor while a model loads; but a hang has to be seen before the limit ends the attempt. On a processor the limit is longer. */
export const hangMsOf = (timeLimitMs = UNLIMITED_MS): number => timeLimitMs / 2;

export class ComfyuiEngine implements Engine {
  readonly name = 'comfyui';
  readonly kinds: readonly TaskKind[] = [...PICTURES, 'upscale', 'video'];
  readonly usesGpu = true;
  private readonly client: ComfyClient;
  private readonly supervisor: Supervisor;
  private readonly shelf: Shelf;
  private readonly traces: Traces;
  private readonly crashes = new Set<(fault: EngineFault) => void>();
  private info: ObjectInfo | null = null;
  private digests: string[] = [];
  private turn: Promise<unknown> = Promise.resolve();
  private known = 'unknown';
  private opening = 0;
  /** A prompt of ours runs that does not stop, or the process does not answer. */
  private isStuck = false;

  constructor(private readonly settings: ComfyuiSettings) {
    this.client = new ComfyClient(settings.url.replace(/\/$/, ''), settings.answerMs);
    this.shelf = new Shelf(settings.dir ?? null);
    this.traces = new Traces(settings.dir ?? null);
    this.supervisor = new Supervisor(this.client, {
      command: settings.command ?? null,
      dir: settings.dir ?? null,
      startMs: settings.startMs ?? 300_000,
      growthMaxMb: settings.growthMaxMb ?? Math.round((totalmem() / 2 ** 20) * 0.9),
    });
    this.supervisor.onExit = (why) => this.lost(new EngineFault('engine_crashed', why));
  }

  /** Starts it where it is ours to start, and learns its nodes. @throws EngineFault with cause and cure */
  static async open(settings: ComfyuiSettings): Promise<ComfyuiEngine> {
    const engine = new ComfyuiEngine(settings);
    await engine.ready();
    return engine;
  }

  get version(): string {
    return `comfyui ${this.known}`;
  }

  loaded(): string[] {
    return this.digests;
  }

  /** ComfyUI works on one prompt at a time; so does this. */
  run(task: EngineTask): Promise<EngineResult> {
    const mine = this.turn.then(() => this.one(task));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  async close(): Promise<void> {
    this.client.close();
    this.lost(new EngineFault('engine_closed', 'The engine is shutting down.'));
    await this.supervisor.close();
  }

  private async one(task: EngineTask): Promise<EngineResult> {
    if (task.signal.aborted) throw new EngineFault('aborted', 'The task was stopped.');
    await this.ready();
    if (await this.shelf.place(task.weights)) this.info = null;
    try {
      return await this.tried(task);
    } catch (error) {
      if (error instanceof EngineFault && BROKEN.includes(error.code)) this.isStuck = true;
      throw error;
    } finally {
      if (this.isStuck || (await this.supervisor.hasGrown())) await this.restart();
      await this.traces.remove();
    }
  }

  private async tried(task: EngineTask): Promise<EngineResult> {
    const source = { weights: task.weights, files: await this.uploads(task) };
    try {
      return await this.made(task, { ...source, lowMemory: false });
    } catch (error) {
      if (!(error instanceof EngineFault) || error.code !== 'out_of_memory') throw error;
      // Everything goes out of memory, and smaller pieces come in.
      await this.client.free();
      this.digests = [];
      return await this.made(task, { ...source, lowMemory: true });
    }
  }

  /** What it held in memory is gone; a process that is not ours goes on as it is. */
  private async restart(): Promise<void> {
    this.isStuck = false;
    if (await this.supervisor.restart()) this.lost(new EngineFault('engine_crashed', 'ComfyUI was started anew.'));
  }

  /** Costs nothing while the socket of the last task is open; a server behind a new one may be another, with other nodes. */
  private async ready(): Promise<void> {
    if (this.client.isOpen && this.client.openings === this.opening) return;
    await this.supervisor.ensureUp();
    await this.client.connect();
    this.opening = this.client.openings;
    this.info = null;
    this.known = this.supervisor.stats?.system.comfyui_version ?? 'of unknown version';
  }

  private async uploads({ kind, parameters, inputs }: EngineTask): Promise<Record<string, string>> {
    const size = sizeOf(kind, parameters);
    const feather = Number(parameters['feather'] ?? 0);
    const files: Record<string, string> = {};
    const given = (wanted: string) => inputs.find(({ name }) => name === wanted)?.data;
    const [image, mask] = [given('image'), given('mask')];
    if (image && mask) await checkMaskSize(mask, image);
    for (const { name, data } of inputs) {
      const png =
        name === 'mask'
          ? await remadePng(data, size!, feather)
          : await fittedPng(data, name === 'image' && kind !== 'outpaint' && kind !== 'upscale' ? size : undefined);
      files[name] = await this.client.upload(`atelier-${randomUUID()}.png`, png, 'image/png');
      this.traces.uploaded(files[name]);
    }
    return files;
  }

  private async made(task: EngineTask, source: GraphSource): Promise<EngineResult> {
    const upscaled = task.kind === 'upscale' ? await enlargedSize(task) : null;
    const graph = graphOf(task, source, upscaled);
    await this.checked(graph);
    const promptId = randomUUID();
    this.traces.made(promptId);
    const entry = await this.followed(task, graph, promptId);
    const fault = faultOfHistory(entry);
    if (fault) throw fault;
    this.digests = task.weights.map(({ digest }) => digest);
    const outputs = await this.outputs(task, graph, entry, upscaled);
    // Nobody waits for it: it only keeps ComfyUI's history short.
    void this.client.forget(promptId).catch(() => undefined);
    return { outputs, simulated: false, stepsDone: graph.steps, stepsTotal: graph.steps };
  }

  /** Against the box's own nodes; a list that was read before a file came is read anew once. */
  private async checked(graph: Graph): Promise<void> {
    let faults = checkGraph(graph, (this.info ??= await this.client.objectInfo()));
    if (faults.some(({ type }) => type === 'value_not_in_list')) faults = checkGraph(graph, (this.info = await this.client.objectInfo()));
    if (faults.length > 0) throw faultOfCheck(faults, graph);
  }

  private async followed(task: EngineTask, graph: Graph, promptId: string): Promise<HistoryEntry> {
    let [isSent, isQueued, isLoaded, previewAt, step, of] = [false, false, false, -Infinity, 0, graph.steps];
    const begun = (): void => {
      if (isLoaded) return;
      isLoaded = true;
      task.onLoaded();
    };
    let onCrash: (fault: EngineFault) => void = () => undefined;
    const crashed = new Promise<never>((_, reject) => (onCrash = reject));
    let crash: EngineFault | null = null;
    crashed.catch((fault: EngineFault) => (crash = fault));
    this.crashes.add(onCrash);
    try {
      return await follow(this.client, {
        ...{ promptId, signal: task.signal, crashed, quietMs: this.settings.quietMs ?? 5_000 },
        hangMs: this.settings.hangMs ?? hangMsOf(task.timeLimitMs),
        begin: async () => {
          isSent = true;
          const refusal = await this.client.submit(namedBy(promptId, graph), promptId);
          if (refusal) throw faultOfRefusal(refusal, graph);
          isQueued = true;
        },
        onExecuting: (node) => {
          // What comes after the sampler in the graph has been loaded before it.
          if (Number(node) > Number(graph.worker)) begun();
        },
        onProgress: (node, value, max) => {
          // A node that begins counts 0 of 1 before its model is in memory.
          if (node !== graph.worker || !(max > 0) || !(value > 0)) return;
          begun();
          [step, of] = [value, max];
          task.onProgress({ step, totalSteps: of, stage: 'sampling' });
        },
        onPreview: (image) => {
          if (performance.now() - previewAt < PREVIEW_EVERY_MS) return;
          previewAt = performance.now();
          void smallPreview(image).then((preview) => preview && task.onProgress({ step, totalSteps: of, stage: 'sampling', preview }));
        },
      });
    } catch (error) {
      // What nobody follows any more must not keep ComfyUI from the next prompt. One whose answer came too late, or not whole, may be queued all the same.
      const code = error instanceof EngineFault ? error.code : null;
      const isBeyondAsking = code === 'engine_hung' && this.supervisor.isOurs;
      if (isSent && !crash && code !== 'prompt_lost' && !isBeyondAsking) {
        const ended = crashed.catch(() => true);
        if (!(await Promise.race([this.client.stop(promptId, this.settings.graceMs ?? GRACE_MS), ended]))) this.isStuck = true;
      }
      // What ended the process says more than the request that broke with it.
      throw crash ?? error;
    } finally {
      if (isQueued) begun();
      this.crashes.delete(onCrash);
    }
  }

  private async outputs(task: EngineTask, graph: Graph, entry: HistoryEntry, upscaled: { width: number; height: number } | null): Promise<EngineOutput[]> {
    const file = fileOf(entry, graph.output);
    const facts = this.facts(task);
    if (task.kind === 'video') return [await withResult({ ffmpeg: this.settings.ffmpeg ?? 'ffmpeg' }, (work) => this.film(task, file, work, facts))];
    const data = await this.client.view(file);
    if (!data) throw new EngineFault('engine_error', `ComfyUI does not hand out its result ${file.filename}.`);
    const picture = await readMade(data, upscaled ?? sizeOf(task.kind, task.parameters)!);
    return [await pictureOutput(await kept(task, picture), facts)];
  }

  private async film(task: EngineTask, file: StoredFile, work: FilmWork, facts: Record<string, unknown>): Promise<EngineOutput> {
    if (!(await this.client.save(file, work.result))) throw new EngineFault('engine_error', `ComfyUI does not hand out its result ${file.filename}.`);
    const { width, height, fps, frames } = await factsOfClip(work.program, { file: work.result, demuxer: 'mov' }, task.signal);
    const asked = (task.parameters as unknown as TaskParameters['video']).frames;
    if (frames !== asked) throw new EngineFault('engine_error', `ComfyUI made ${frames} frames instead of ${asked}.`);
    const size = sizeOf('video', task.parameters)!;
    if (width !== size.width || height !== size.height)
      throw new EngineFault('engine_error', `ComfyUI made a clip of ${width} × ${height} pixels instead of ${size.width} × ${size.height}.`);
    return filmOutput(work, { width, height, frames, fps, metadata: facts });
  }

  private facts({ parameters, weights }: EngineTask): Record<string, unknown> {
    const { prompt, negativePrompt, seed, ...rest } = parameters;
    return {
      ...(prompt === undefined ? {} : { prompt, negativePrompt, seed }),
      ...{ parameters: rest, engine: 'comfyui', engineVersion: this.version, simulated: false, model: parameters['model'], family: parameters['family'] },
      models: weights.map(({ name, digest, role }) => ({ name, digest, role })),
    };
  }

  private lost(fault: EngineFault): void {
    this.digests = [];
    this.info = null;
    this.client.close();
    for (const reject of this.crashes) reject(fault);
  }
}

/** A file of its own for every prompt: the node that writes it is not answered from the cache with a file that is gone; all before it may be. */
function namedBy(promptId: string, { prompt, output }: Graph): Graph['prompt'] {
  const node = prompt[output]!;
  return { ...prompt, [output]: { ...node, inputs: { ...node.inputs, filename_prefix: `atelier/${promptId}` } } };
}

type Size = { width: number; height: number };

function sizeOf(kind: TaskKind, parameters: Record<string, unknown>): Size | undefined {
  if (kind === 'upscale') return undefined;
  return { width: Number(parameters['width']), height: Number(parameters['height']) };
}

async function enlargedSize({ inputs, parameters }: EngineTask): Promise<Size> {
  const { default: sharp } = await import('sharp');
  const { autoOrient } = await sharp(inputs.find(({ name }) => name === 'image')!.data).metadata();
  const factor = Number(parameters['factor']);
  return { width: autoOrient.width * factor, height: autoOrient.height * factor };
}

function graphOf({ kind, parameters }: EngineTask, source: GraphSource, upscaled: Size | null): Graph {
  try {
    if (kind === 'upscale') return upscaleGraph(parameters as TaskParameters['upscale'], source, upscaled!);
    if (kind === 'video') return videoGraph(parameters as unknown as TaskParameters['video'], source);
    return pictureGraph({ kind: kind as PictureKind, parameters } as unknown as PictureTask, source);
  } catch (error) {
    if (error instanceof MissingWeights) throw new EngineFault('weights_missing', error.message);
    throw error;
  }
}

/** What must not have changed has not. */
async function kept({ kind, parameters, inputs }: EngineTask, made: Awaited<ReturnType<typeof readMade>>): Promise<typeof made> {
  const input = (name: string): Uint8Array => inputs.find((one) => one.name === name)!.data;
  const feather = Number(parameters['feather'] ?? 0);
  if (kind === 'inpaint') return keptOutside(input('image'), input('mask'), made, feather);
  if (kind === 'outpaint') return keptInside(input('image'), made, { left: Number(parameters['left']), top: Number(parameters['top']), feather });
  return made;
}

/** The first file of the output node, by whatever key the node lists its files. */
function fileOf({ outputs }: HistoryEntry, node: string): StoredFile {
  for (const files of Object.values(outputs[node] ?? {})) {
    const file = Array.isArray(files) ? (files as Partial<StoredFile>[]).find((one) => typeof one?.filename === 'string') : undefined;
    if (file) return { filename: file.filename!, subfolder: file.subfolder ?? '', type: file.type ?? 'output' };
  }
  throw new EngineFault('engine_error', 'ComfyUI says that it is done, and has made no file.');
}
