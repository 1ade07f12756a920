/** onnxruntime, found and asked what it can do. It is an optional dependency: a box without it has no `onnx` engine, and says why. */
import type { InferenceSession } from 'onnxruntime-node';
import { IDENTITY_GRAPH } from './identity-graph.js';

export type Runtime = typeof import('onnxruntime-node');
export type Provider = 'cuda' | 'cpu';

export interface FoundRuntime {
  runtime: Runtime;
  version: string;
  provider: Provider;
  /** Why not CUDA; null when it is CUDA. */
  note: string | null;
}

/** @throws when onnxruntime-node is not installed or its library does not load. */
export async function findRuntime(wanted: Provider | 'auto'): Promise<FoundRuntime> {
  const runtime = await import('onnxruntime-node');
  // Errors come back as errors; what the library prints itself is noise in a log of JSON lines.
  runtime.env.logLevel = 'fatal';
  const version = runtime.env.versions.node ?? runtime.env.versions.common;
  if (wanted === 'cpu') return { runtime, version, provider: 'cpu', note: 'CUDA is switched off by setting.' };
  const problem = await cudaProblem(runtime);
  return { runtime, version, provider: problem ? 'cpu' : 'cuda', note: problem };
}

/** Only a session that opens and runs proves it: libraries may be there without a card, or a card without the libraries. */
async function cudaProblem(runtime: Runtime): Promise<string | null> {
  try {
    const session = await runtime.InferenceSession.create(IDENTITY_GRAPH, { executionProviders: ['cuda'] });
    await session.run({ x: new runtime.Tensor('float32', Float32Array.of(1), [1]) });
    await session.release();
    return null;
  } catch (error) {
    return `onnxruntime cannot use CUDA here: ${(error as Error).message.split('\n')[0]!.slice(0, 300)}`;
  }
}

export function sessionOptions(provider: Provider, threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: provider === 'cuda' ? ['cuda', 'cpu'] : ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  };
}
