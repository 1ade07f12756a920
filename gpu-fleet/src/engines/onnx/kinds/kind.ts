/** What a task kind of this engine is: a function in the worker from parameters, pictures and models to outputs. */
import type { OnnxRecipe, TaskKind, TaskParameters } from '@atelier/contracts';
import type { Course, Inputs } from '../../builtin/operation.js';
import { EngineFault, type EngineOutput, type EngineWeights } from '../../engine.js';
import type { Embeddings } from '../embeddings.js';
import type { Graph } from '../graph.js';
import { recipeOf } from '../recipes.js';
import type { Sessions } from '../sessions.js';

export interface Job {
  inputs: Inputs;
  weights: readonly EngineWeights[];
  sessions: Sessions;
  embeddings: Embeddings;
  course: Course;
  /** Models are in memory, work begins. */
  onLoaded: () => void;
  /** Where files for outputs may be made. */
  folder: string;
  ffmpeg: string | null;
  /** For the asset's page; `model` is added by `factsOf`. */
  facts: Record<string, unknown>;
}

export interface KindResult {
  outputs: EngineOutput[];
  steps: number;
}

export type KindOf<K extends TaskKind> = (parameters: TaskParameters[K], job: Job) => Promise<KindResult>;

/** The task's file of the first of these recipes that it has. */
export function findWeights(job: Job, ...recipes: OnnxRecipe[]): EngineWeights | null {
  for (const recipe of recipes) {
    const found = job.weights.find(({ name }) => recipeOf(name)?.prefix === recipe);
    if (found) return found;
  }
  return null;
}

/** @throws EngineFault when the task brought none. */
export function weightsOf(job: Job, ...recipes: OnnxRecipe[]): EngineWeights {
  const found = findWeights(job, ...recipes);
  if (found) return found;
  const names = job.weights.map(({ name }) => name).join(', ') || 'none';
  throw new EngineFault(
    'weights_missing',
    `The task needs a model whose name begins with ${recipes.join(' or ')}; it brought ${names}. Give the operation such a model in the catalogue.`,
  );
}

/** Opens the models, tells that they are there, works, lets go of them. */
export function withGraphs<T>(job: Job, weights: readonly EngineWeights[], work: (graphs: Graph[]) => Promise<T>): Promise<T> {
  return job.sessions.use(weights, (graphs) => {
    job.onLoaded();
    return work(graphs);
  });
}

export function factsOf(job: Job, weights: readonly EngineWeights[], more: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...job.facts, model: weights[0]!.name, models: weights.map(({ name, digest }) => ({ name, digest })), ...more };
}
