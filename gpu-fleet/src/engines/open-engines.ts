/**
 * Which engines this box has. Each is loaded only when its setting or its runtime is there; one that does not open is left out with a warning that names
 * cause and cure, so that a box with a broken one still does what it can.
 */
import type { Log } from '../agent/log.js';
import type { Settings } from '../config/settings.js';
import { BuiltinEngine } from './builtin/builtin-engine.js';
import type { Engine } from './engine.js';

export type OpeningSettings = Pick<Settings, 'slots' | 'ffmpeg' | 'onnx' | 'comfyui'>;

export interface KnownEngine {
  name: Engine['name'];
  /** Null: not set up on this machine, which is no fault. Rejects when it is set up and does not work; the message names the cure. */
  open: (settings: OpeningSettings) => Promise<Engine | null>;
}

export const KNOWN_ENGINES: readonly KnownEngine[] = [
  { name: 'builtin', open: async ({ slots, ffmpeg }) => new BuiltinEngine(slots ?? 1, { ffmpeg }) },
  { name: 'onnx', open: openOnnx },
  { name: 'comfyui', open: openComfyui },
];

export async function openEngines(settings: OpeningSettings, log: Log, known: readonly KnownEngine[] = KNOWN_ENGINES): Promise<Engine[]> {
  const opened = await Promise.all(
    known.map(({ name, open }) =>
      open(settings).catch((error: Error) => {
        log.error('an engine did not open; this box works without it', { engine: name, reason: error.message });
        return null;
      }),
    ),
  );
  return opened.filter((engine) => engine !== null);
}

async function openOnnx({ onnx, ffmpeg }: OpeningSettings): Promise<Engine | null> {
  if (onnx.mode === 'off') return null;
  const { OnnxEngine } = await import('./onnx/onnx-engine.js');
  const opened = await OnnxEngine.open({ provider: onnx.mode === 'cpu' ? 'cpu' : 'auto', ffmpeg, ...(onnx.budgetMb !== null && { budgetMb: onnx.budgetMb }) });
  if (opened.engine) return opened.engine;
  // Where nobody asked for it, a machine without the optional runtime is no fault.
  if (onnx.mode === 'auto') return null;
  throw new Error(opened.reason);
}

async function openComfyui({ comfyui, ffmpeg }: OpeningSettings): Promise<Engine | null> {
  if (!comfyui) return null;
  const { ComfyuiEngine } = await import('./comfyui/comfyui-engine.js');
  return ComfyuiEngine.open({ ...comfyui, ffmpeg });
}
