/** What specs of this engine's kinds share: a task in one line, pictures to work on, and a look at what came out. */
import type { TaskKind } from '@atelier/contracts';
import sharp from 'sharp';
import type { EngineOutput, EngineResult } from '../engine.js';
import type { BuiltinEngine } from './builtin-engine.js';

export interface Raw {
  width: number;
  height: number;
  channels: number;
  data: Buffer;
}

export interface Run {
  (kind: TaskKind, parameters: object, inputs: Record<string, Uint8Array>, signal?: AbortSignal): Promise<EngineResult>;
}

export const runOn =
  (engine: BuiltinEngine): Run =>
  (kind, parameters, inputs, signal = new AbortController().signal) =>
    engine.run({
      kind,
      parameters: { ...parameters },
      inputs: Object.entries(inputs).map(([name, data]) => ({ name, data, contentType: 'image/png' })),
      weights: [],
      onLoaded: () => undefined,
      onProgress: () => undefined,
      signal,
    });

/** Parameters of every kind that is drawn by words. */
export const words = {
  prompt: 'a fox',
  negativePrompt: '',
  steps: 6,
  cfgScale: 7,
  sampler: 'euler',
  scheduler: 'normal',
  seed: 1,
  model: 'm',
  family: 'builtin',
};

export function only({ outputs }: EngineResult): EngineOutput {
  if (outputs.length !== 1) throw new Error(`${outputs.length} outputs instead of one`);
  return outputs[0]!;
}

export async function raw(png: Uint8Array | Buffer): Promise<Raw> {
  const grey = (await sharp(png).metadata()).channels === 1;
  const { data, info } = await (grey ? sharp(png).toColourspace('b-w') : sharp(png).removeAlpha()).raw().toBuffer({ resolveWithObject: true });
  return { ...info, data };
}

export const rawOf = (result: EngineResult): Promise<Raw> => raw(only(result).data as Uint8Array);

export const drawn = (width: number, height: number, svg: string, background = 'black'): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background } })
    .composite([
      { input: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" shape-rendering="crispEdges">${svg}</svg>`) },
    ])
    .removeAlpha()
    .png()
    .toBuffer();

/** Something with texture: waves in two directions, of which every part looks like every other. */
export const textured = (width: number, height: number): Promise<Buffer> => {
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const x = i % width,
      y = Math.floor(i / width);
    data.set([128 + 90 * Math.sin(x / 3), 128 + 60 * Math.sin(y / 4), 128 + 50 * Math.sin((x + y) / 5)], i * 3);
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
};

/** Of what is white in `a` and what `b` says. */
export const iou = (a: Uint8Array | Buffer, b: (i: number) => boolean): number => {
  let both = 0,
    either = 0;
  for (let i = 0; i < a.length; i++) {
    const [p, q] = [a[i]! > 127, b(i)];
    if (p && q) both++;
    if (p || q) either++;
  }
  return both / either;
};
