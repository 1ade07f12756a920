/**
 * Which engines this box has. Each is loaded only when its setting or its runtime is there; one that does not open is left out with a warning that names
 * cause and cure, so that a box with a broken one still does what it can.
 */
import type { Log } from '../agent/log.js';
import type { Settings } from '../config/settings.js';
import { probe } from '../gpu/probe.js';
import { BuiltinEngine } from './builtin/builtin-engine.js';
import type { Engine } from './engine.js';
import type { OnnxOptions, OpenedOnnx } from './onnx/onnx-engine.js';

export type OpeningSettings = Pick<Settings, 'slots' | 'ffmpeg' | 'onnx' | 'comfyui'>;

export interface KnownEngine {
  name: Engine['name'];
  /** Null: not set up on this machine, which is no fault. Rejects when it is set up and does not work; the message names the cure. */
  open: (settings: OpeningSettings, log: Log) => Promise<Engine | null>;
}

export const KNOWN_ENGINES: readonly KnownEngine[] = [
  { name: 'builtin', open: async ({ slots, ffmpeg }) => new BuiltinEngine(slots ?? 1, { ffmpeg }) },
  { name: 'onnx', open: openOnnx },
  { name: 'comfyui', open: openComfyui },
];

export async function openEngines(settings: OpeningSettings, log: Log, known: readonly KnownEngine[] = KNOWN_ENGINES): Promise<Engine[]> {
  const opened = await Promise.all(
    known.map(({ name, open }) =>
      open(settings, log).catch((error: Error) => {
        log.warn('an engine did not open; this box works without it', { engine: name, reason: error.message });
        return null;
      }),
    ),
  );
  return opened.filter((engine) => engine !== null);
}

/** What the engine for ONNX models meets on this machine. */
const ONNX_HERE = {
  open: async (options: OnnxOptions): Promise<OpenedOnnx> => (await import('./onnx/onnx-engine.js')).OnnxEngine.open(options),
  /** MiB of the card; 0 without one. */
  cardMb: async (): Promise<number> => (await probe()).gpu.vramMb,
};

/** Whether an engine that is set up would work on the GPU, without starting ComfyUI for the answer. */
export async function usesGpuHere(settings: OpeningSettings, log: Log): Promise<boolean> {
  if (settings.comfyui) return true;
  const onnx = await openOnnx(settings, log).catch(() => null);
  await onnx?.close();
  return onnx?.usesGpu ?? false;
}

export async function openOnnx({ onnx, ffmpeg }: OpeningSettings, log: Log, here: typeof ONNX_HERE = ONNX_HERE): Promise<Engine | null> {
  const { mode, budgetMb } = onnx;
  if (mode === 'off') return null;
  const cardMb = mode === 'cpu' ? 0 : await here.cardMb();
  const opened = await here.open({
    provider: mode === 'cpu' ? 'cpu' : 'auto',
    ffmpeg,
    ...(cardMb > 0 && { cardMb }),
    ...(budgetMb !== null && { budgetMb }),
  });
  if (!opened.engine) {
    // Where nobody asked for it, a machine without the optional runtime is no fault. One whose runtime is broken is.
    if (mode === 'auto' && !opened.isInstalled) return null;
    throw new Error(opened.reason);
  }
  if (cardMb > 0 && opened.provider === 'cpu')
    log.warn('an engine works on the processor although there is a GPU', {
      engine: 'onnx',
      reason: `${opened.note ?? 'CUDA does not work'}. Install the CUDA and cuDNN libraries that onnxruntime asks for, or set ATELIER_ONNX=cpu.`,
    });
  return opened.engine;
}

async function openComfyui({ comfyui, ffmpeg }: OpeningSettings): Promise<Engine | null> {
  if (!comfyui) return null;
  const { ComfyuiEngine } = await import('./comfyui/comfyui-engine.js');
  return ComfyuiEngine.open({ ...comfyui, ffmpeg });
}
