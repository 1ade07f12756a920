/** What specs of this engine share: weights, parameters and pictures to work on, and a task in one line. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskKind, WeightRole } from '@atelier/contracts';
import sharp from 'sharp';
import type { EngineOutput, EngineProgress, EngineResult, EngineWeights } from '../engine.js';
import type { ComfyuiEngine } from './comfyui-engine.js';

export interface Watch {
  heard?: EngineProgress[];
  signal?: AbortSignal;
  timeLimitMs?: number;
  onLoaded?: () => void;
}

let files = 0;
export const weightsIn =
  (folder: string) =>
  (role: WeightRole, name: string): EngineWeights => {
    const path = join(folder, `file-${files++}`);
    writeFileSync(path, name);
    return { digest: `${role}-${name}`, role, name: `${name}.safetensors`, format: 'safetensors', path, bytes: 10, vramMb: 100 };
  };

/** Parameters of every kind that is drawn by words. */
export const drawing = (family: string, change: object = {}) => ({
  ...{ prompt: 'a heron', negativePrompt: 'blur', width: 128, height: 64, steps: 4, cfgScale: 5, sampler: 'euler', scheduler: 'normal' },
  ...{ seed: 7, model: 'm', family, ...change },
});

export const plain = (width: number, height: number, background: string): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();

export interface Run {
  (kind: TaskKind, parameters: object, inputs: Record<string, Uint8Array>, models: EngineWeights[], watch?: Watch): Promise<EngineResult>;
}
export const runOn =
  (engine: () => ComfyuiEngine): Run =>
  (kind, parameters, inputs, weights, { heard, signal = new AbortController().signal, onLoaded = () => undefined, ...limit } = {}) =>
    engine().run({
      ...{ kind, parameters: { ...parameters }, weights, signal, onLoaded, ...limit },
      inputs: Object.entries(inputs).map(([name, data]) => ({ name, data, contentType: 'image/png' })),
      onProgress: (progress) => heard?.push(progress),
    });

export function only({ outputs }: EngineResult): EngineOutput {
  if (outputs.length !== 1) throw new Error(`${outputs.length} outputs instead of one`);
  return outputs[0]!;
}
