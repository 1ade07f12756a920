/** Open graphs by digest, within a budget of memory. */
import { EngineFault, type EngineWeights } from '../engine.js';
import { faultOf, Graph } from './graph.js';
import { recipeOf } from './recipes.js';
import { sessionOptions, type Provider, type Runtime } from './runtime.js';

interface Entry {
  weights: EngineWeights;
  graph: Promise<Graph>;
  users: number;
}

export interface SessionSettings {
  provider: Provider;
  threads: number;
  /** Sum of `vramMb` that may be open at once. */
  budgetMb: number;
  onChange: (digests: string[]) => void;
}

export class Sessions {
  /** In order of last use, the oldest first. */
  private readonly entries = new Map<string, Entry>();
  private readonly ready = new Set<string>();
  private readonly sleepers = new Set<() => void>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly runtime: Runtime,
    private readonly settings: SessionSettings,
  ) {}

  loaded(): string[] {
    return [...this.ready];
  }

  /**
   * Opens `wanted`, all or none, and keeps them open until `work` has ended. Whoever comes first is served first and holds nothing while
   * he waits, so that two tasks never wait for each other.
   */
  async use<T>(wanted: readonly EngineWeights[], work: (graphs: Graph[]) => Promise<T>): Promise<T> {
    const entries = await this.inTurn(() => this.take(wanted));
    try {
      return await work(await Promise.all(entries.map(({ graph }) => graph)));
    } catch (error) {
      for (const entry of entries) await entry.graph.catch(() => this.drop(entry.weights.digest));
      // What others do not use may be what took the memory: the next attempt starts with more of it.
      if (error instanceof EngineFault && error.code === 'out_of_memory') await this.closeIdle(entries);
      throw error;
    } finally {
      for (const entry of entries) entry.users--;
      for (const wake of this.sleepers) wake();
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.entries.keys()].map((digest) => this.drop(digest)));
  }

  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(act);
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async take(wanted: readonly EngineWeights[]): Promise<Entry[]> {
    const needed = sumOf(wanted);
    const { budgetMb } = this.settings;
    if (needed > budgetMb) {
      const names = wanted.map(({ name }) => name).join(' and ');
      throw new EngineFault('out_of_memory', `${names} need ${needed} MB, this box gives its models ${budgetMb} MB: use a larger box or a smaller model.`);
    }
    await this.makeRoom(wanted);
    return wanted.map((weights) => {
      const entry = this.entries.get(weights.digest) ?? { weights, graph: this.open(weights), users: 0 };
      entry.users++;
      this.entries.delete(weights.digest);
      this.entries.set(weights.digest, entry);
      return entry;
    });
  }

  private async makeRoom(wanted: readonly EngineWeights[]): Promise<void> {
    const kept = new Set(wanted.map(({ digest }) => digest));
    for (;;) {
      const others = [...this.entries.values()].filter(({ weights }) => !kept.has(weights.digest));
      if (sumOf(others.map(({ weights }) => weights)) + sumOf(wanted) <= this.settings.budgetMb) return;
      const idle = others.find(({ users }) => users === 0);
      if (idle) await this.drop(idle.weights.digest);
      else await new Promise<void>((resolve) => this.sleepers.add(resolve)).finally(() => this.sleepers.clear());
    }
  }

  private async open(weights: EngineWeights): Promise<Graph> {
    const recipe = recipeOf(weights.name);
    if (!recipe)
      throw new EngineFault(
        'model_mismatch',
        `No recipe of the onnx engine begins the name ${weights.name}: import the file under a name that says what it is.`,
      );
    const { provider, threads } = this.settings;
    const session = await this.runtime.InferenceSession.create(weights.path, sessionOptions(provider, threads)).catch((error: unknown) => {
      throw openingFault(error, weights.name);
    });
    const graph = await this.checked(() => new Graph(this.runtime, session, recipe, weights.name), session);
    this.ready.add(weights.digest);
    this.settings.onChange(this.loaded());
    return graph;
  }

  private async checked(make: () => Graph, session: { release(): Promise<void> }): Promise<Graph> {
    try {
      return make();
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  private async drop(digest: string): Promise<void> {
    const entry = this.entries.get(digest);
    if (!entry) return;
    this.entries.delete(digest);
    await entry.graph.then(
      (graph) => graph.dispose(),
      () => undefined,
    );
    if (this.ready.delete(digest)) this.settings.onChange(this.loaded());
  }

  private async closeIdle(except: readonly Entry[]): Promise<void> {
    const idle = [...this.entries.values()].filter((entry) => entry.users === 0 && !except.includes(entry));
    for (const { weights } of idle) await this.drop(weights.digest);
  }
}

function sumOf(weights: readonly EngineWeights[]): number {
  return weights.reduce((sum, { vramMb }) => sum + vramMb, 0);
}

function openingFault(error: unknown, file: string): EngineFault {
  const fault = faultOf(error, file);
  if (fault.code !== 'engine_error') return fault;
  return new EngineFault('model_unreadable', `${fault.message}. The file is damaged or is no ONNX graph that this runtime knows: import it again.`);
}
