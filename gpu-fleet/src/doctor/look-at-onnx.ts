/** Opens the ONNX engine as the agent would, and asks the library what it was built with. */
import type { Settings } from '../config/settings.js';
import { OnnxEngine } from '../engines/onnx/onnx-engine.js';
import type { OnnxFacts } from './facts.js';

export async function lookAtOnnx({ onnx, ffmpeg }: Pick<Settings, 'onnx' | 'ffmpeg'>): Promise<{ facts: OnnxFacts; engine: OnnxEngine | null }> {
  const nothing: OnnxFacts = { mode: onnx.mode, version: null, provider: null, providers: [], note: null, reason: null };
  if (onnx.mode === 'off') return { facts: nothing, engine: null };
  const opened = await OnnxEngine.open({ provider: onnx.mode === 'cpu' ? 'cpu' : 'auto', ffmpeg, ...(onnx.budgetMb !== null && { budgetMb: onnx.budgetMb }) });
  if (!opened.engine) return { facts: { ...nothing, reason: opened.reason }, engine: null };
  const { engine, provider, note } = opened;
  const version = engine.version.split('onnxruntime.')[1] ?? engine.version;
  return { facts: { ...nothing, version, provider, providers: await providers(), note }, engine };
}

async function providers(): Promise<string[]> {
  try {
    const { listSupportedBackends } = await import('onnxruntime-node');
    return listSupportedBackends().map(({ name }) => name);
  } catch {
    return [];
  }
}
