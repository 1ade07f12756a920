/** One opened file, held to its recipe: values are bound by documented name or place, shapes are checked before and after each run. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { EngineFault } from '../engine.js';
import { floatOf, halfOf } from './half.js';
import type { Layout, PromisedValue, Recipe } from './recipes.js';
import type { Runtime } from './runtime.js';
import type { Tensor } from './tensor.js';

export interface GraphValue {
  name: string;
  type: string;
  /** A string is a size that is free. */
  shape: readonly (number | string)[];
}

interface Bound {
  layout: Layout;
  inputs: GraphValue[];
  outputs: GraphValue[];
}

export class Graph {
  private readonly bound: Bound;

  /** @throws EngineFault `model_mismatch` when the file is not what its recipe promises. */
  constructor(
    private readonly runtime: Runtime,
    private readonly session: InferenceSession,
    readonly recipe: Recipe,
    /** For sentences about it. */
    readonly file: string,
  ) {
    this.bound = boundTo(recipe, file, valuesOf(session.inputMetadata), valuesOf(session.outputMetadata));
  }

  get layout(): string {
    return this.bound.layout.name;
  }

  /** Height and width the graph insists on for its first input; null where it takes any. */
  get fixedSize(): { height: number | null; width: number | null } {
    const [height, width] = this.bound.inputs[0]!.shape.slice(-2).map((size) => (typeof size === 'number' ? size : null));
    return { height: height ?? null, width: width ?? null };
  }

  /** Feeds and results in the order of the recipe. */
  async run(feeds: readonly Tensor[]): Promise<Tensor[]> {
    const { inputs, outputs, layout } = this.bound;
    const fed = Object.fromEntries(inputs.map((input, i) => [input.name, this.toRuntime(feeds[i]!, input.type)]));
    const results = await this.session
      .run(
        fed,
        outputs.map(({ name }) => name),
      )
      .catch((error: unknown) => {
        throw faultOf(error, this.file);
      });
    return outputs.map(({ name }, i) => {
      const result = results[name]!;
      const problem = misfit(layout.outputs[i]!, result.dims);
      if (problem) throw mismatch(this.file, `its output ${name} came out as ${problem}`);
      const out = { dims: result.dims, data: fromRuntime(result) };
      result.dispose();
      return out;
    });
  }

  dispose(): Promise<void> {
    return this.session.release();
  }

  private toRuntime({ data, dims }: Tensor, type: string): OrtTensor {
    const { Tensor } = this.runtime;
    if (type === 'float32') return new Tensor('float32', data, dims);
    if (type === 'float64') return new Tensor('float64', Float64Array.from(data), dims);
    if (type === 'float16') return new Tensor('float16', Uint16Array.from(data, halfOf), dims);
    if (type === 'int32') return new Tensor('int32', Int32Array.from(data), dims);
    if (type === 'int64')
      return new Tensor(
        'int64',
        BigInt64Array.from(data, (value) => BigInt(Math.round(value))),
        dims,
      );
    throw mismatch(this.file, `an input is of type ${type}, which no recipe feeds`);
  }
}

function fromRuntime({ type, data }: OrtTensor): Float32Array {
  if (type === 'float32') return data as Float32Array;
  if (type === 'float16') return Float32Array.from(data as unknown as Uint16Array, floatOf);
  return Float32Array.from(data as ArrayLike<number | bigint> as ArrayLike<number>, Number);
}

export function mismatch(file: string, what: string): EngineFault {
  return new EngineFault(
    'model_mismatch',
    `The model file ${file} is not what its name promises: ${what}. Import the documented export, or name it after what it is.`,
  );
}

/** Layouts are tried in their order. @throws EngineFault that says what is wrong with each. */
export function boundTo(recipe: Recipe, file: string, inputs: GraphValue[], outputs: GraphValue[]): Bound {
  const problems: string[] = [];
  for (const layout of recipe.layouts) {
    const boundInputs = bind('input', layout.inputs, inputs);
    const boundOutputs = bind('output', layout.outputs, outputs);
    if (typeof boundInputs !== 'string' && typeof boundOutputs !== 'string' && inputs.length === layout.inputs.length)
      return { layout, inputs: boundInputs, outputs: boundOutputs };
    const problem = [boundInputs, boundOutputs].find((b) => typeof b === 'string') ?? `it has ${inputs.length} inputs instead of ${layout.inputs.length}`;
    problems.push(recipe.layouts.length > 1 ? `as "${layout.name}": ${problem as string}` : (problem as string));
  }
  throw mismatch(file, problems.join('; '));
}

function bind(side: string, promised: readonly PromisedValue[], found: GraphValue[]): GraphValue[] | string {
  const bound: GraphValue[] = [];
  for (const [place, promise] of promised.entries()) {
    const value = promise.name === null ? found[place] : found.find(({ name }) => name === promise.name);
    const names = found.map(({ name }) => name).join(', ') || 'none';
    if (!value) return promise.name === null ? `it has no ${side} number ${place + 1}` : `it has no ${side} "${promise.name}" (it has ${names})`;
    // An output of unknown rank shows no sizes; its run will.
    const isOpen = side === 'output' && value.shape.length === 0;
    const problem = isOpen ? null : misfit(promise, value.shape);
    if (problem) return `its ${side} ${value.name} is ${problem}`;
    bound.push(value);
  }
  return bound;
}

function misfit({ shape }: PromisedValue, found: readonly (number | string)[]): string | null {
  const fits = shape.length === found.length && shape.every((size, i) => size === null || typeof found[i] === 'string' || found[i] === size);
  return fits ? null : `[${found.join(',')}] instead of [${shape.map((size) => size ?? 'any').join(',')}]`;
}

function valuesOf(metadata: readonly InferenceSession.ValueMetadata[]): GraphValue[] {
  return metadata.map((value) =>
    value.isTensor
      ? { name: value.name, type: value.type, shape: value.shape.map((size) => size ?? 'any') }
      : { name: value.name, type: 'no tensor', shape: [] },
  );
}

/** What onnxruntime said, as a fault. Its sentences are long: the first line is enough. */
export function faultOf(error: unknown, file: string): EngineFault {
  if (error instanceof EngineFault) return error;
  const said = (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 300);
  if (/failed to allocate|out of memory|bad_alloc|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation|CUBLAS_STATUS_ALLOC_FAILED/i.test(said))
    return new EngineFault('out_of_memory', `The model ${file} ran out of memory: choose a smaller picture or a larger box.`);
  if (/invalid dimensions|invalid rank|Unexpected input data type/i.test(said)) return mismatch(file, `it refuses the documented input (${said})`);
  return new EngineFault('engine_error', `The model ${file} failed: ${said}`);
}
