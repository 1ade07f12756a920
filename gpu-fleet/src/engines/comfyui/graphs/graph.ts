/** What a graph is: ComfyUI's API prompt, and beside it which public field each of its inputs came from. */
import type { EngineWeights } from '../../engine.js';

/** An output of another node: its id and slot. */
export type Link = [string, number];
export type InputValue = string | number | boolean | Link;
export interface PromptNode {
  class_type: string;
  inputs: Record<string, InputValue>;
}
export type Prompt = Record<string, PromptNode>;

export interface Pack {
  name: string;
  url: string;
}
/** A node class that core ComfyUI does not have, the pack that brings it, and the field that asked for it. */
export interface Requirement {
  node: string;
  pack: Pack;
  field: string;
}

export interface Graph {
  prompt: Prompt;
  /** `nodeId.input` → name of the public field. */
  fields: Record<string, string>;
  requires: Requirement[];
  /** Node whose pictures or clip are the result. */
  output: string;
  /** Node whose progress is the task's progress. */
  worker: string;
  /** Steps the worker node counts, before it has said so itself. */
  steps: number;
}

/** What a task brings to its graph. */
export interface GraphSource {
  weights: readonly EngineWeights[];
  /** Input name → file name in ComfyUI's input folder. */
  files: Readonly<Record<string, string>>;
  /** Smaller pieces, lower precision: after the first try ran out of memory. */
  lowMemory: boolean;
}

/** The file list entry of weights linked by `weights-shelf.ts`. */
export function listedName(weights: EngineWeights): string {
  const name = weights.name.endsWith('.safetensors') ? weights.name : `${weights.name}.safetensors`;
  return `${SHELF}/${name}`;
}
export const SHELF = 'atelier';

/** The weights a task should have brought are not among them: the catalogue and this engine disagree. */
export class MissingWeights extends Error {}

/** Numbers nodes in the order they are added, so that equal tasks make equal bytes. */
export class GraphBuilder {
  readonly prompt: Prompt = {};
  readonly fields: Record<string, string> = {};
  readonly requires: Requirement[] = [];

  /**
   * @param fields input → public field that it came from
   * @returns id; `[id, slot]` links to its outputs
   */
  add(classType: string, inputs: Record<string, InputValue>, fields: Record<string, string> = {}): string {
    const id = String(Object.keys(this.prompt).length + 1);
    this.prompt[id] = { class_type: classType, inputs };
    for (const [input, field] of Object.entries(fields)) this.fields[`${id}.${input}`] = field;
    return id;
  }

  /** A node of a pack: what the box must have is named with it. */
  addOf(pack: Pack, field: string, classType: string, inputs: Record<string, InputValue>, fields: Record<string, string> = {}): string {
    this.requires.push({ node: classType, pack, field });
    return this.add(classType, inputs, fields);
  }

  build(output: string, worker: string, steps: number): Graph {
    return { prompt: this.prompt, fields: this.fields, requires: this.requires, output, worker, steps };
  }
}

export function weightsOf(source: GraphSource, role: EngineWeights['role']): EngineWeights[] {
  return source.weights.filter((w) => w.role === role);
}

export function needWeights(source: GraphSource, role: EngineWeights['role'], why: string): EngineWeights {
  const [first] = weightsOf(source, role);
  if (!first) throw new MissingWeights(`The task brings no weights of role ${role}, which ${why} needs: complete the model's files in the catalogue.`);
  return first;
}

export function needFile(source: GraphSource, input: string): string {
  const file = source.files[input];
  if (!file) throw new MissingWeights(`The task has no input "${input}".`);
  return file;
}
