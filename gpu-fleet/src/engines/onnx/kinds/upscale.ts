/** Enlarges in tiles that see a margin of their neighbours; rows of tiles go straight into a PNG on disk. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readPicture, withoutIdleAlpha, type Picture } from '../../builtin/picture.js';
import { enlarge } from '../../builtin/resample.js';
import { UPSCALE_PIXELS_MAX } from '../../builtin/upscale.js';
import { EngineInputError, type EngineWeights } from '../../engine.js';
import { mismatch, type Graph } from '../graph.js';
import { checkScale, halved, SCALE_OF } from '../models/realesrgan.js';
import { PngFile } from '../png-file.js';
import { recipeOf } from '../recipes.js';
import { byteOf, tensor, type Tensor } from '../tensor.js';
import { factsOf, weightsOf, withGraphs, type Job, type KindOf } from './kind.js';

const TILE = 256;
const MARGIN = 16;

interface Tiling {
  /** Sides of what the model sees, margins included. */
  width: number;
  height: number;
  margin: number;
}

export const upscale: KindOf<'upscale'> = async ({ factor, style }, job) => {
  if (factor !== 2 && factor !== 4) throw new EngineInputError('bad_parameters', `factor is ${JSON.stringify(factor)}: use 2 or 4.`);
  const drawn = style === 'anime' ? (['realesrgan-anime', 'realesrgan-x4'] as const) : (['realesrgan-x4', 'realesrgan-anime'] as const);
  const weights = factor === 2 ? weightsOf(job, 'realesrgan-x2', ...drawn) : weightsOf(job, ...drawn);
  return withGraphs(job, [weights], async ([graph]) => {
    const picture = withoutIdleAlpha(await readPicture(job.inputs.get('image')));
    const { width, height, channels } = picture;
    if (width * height * factor * factor > UPSCALE_PIXELS_MAX)
      throw new EngineInputError(
        'picture_too_large',
        `×${factor} of ${width}×${height} would be ${width * factor}×${height * factor}, above ${Math.floor(UPSCALE_PIXELS_MAX / 1e6)} megapixels: choose a smaller factor or picture.`,
      );
    const facts = factsOf(job, [weights]);
    const file = new PngFile(join(job.folder, `${randomUUID()}.png`), width * factor, height * factor, channels, facts);
    try {
      const steps = await enlargeRows(picture, file, factor, weights, graph!, job);
      const bytes = await file.close();
      const data = { file: file.path, bytes };
      return { outputs: [{ slot: 'image', data, contentType: 'image/png', width: file.width, height: file.height, metadata: facts }], steps };
    } catch (error) {
      file.destroy();
      await rm(file.path, { force: true });
      throw error;
    }
  });
};

async function enlargeRows(picture: Picture, file: PngFile, factor: 2 | 4, weights: EngineWeights, graph: Graph, job: Job): Promise<number> {
  const tiling = tilingFor(graph);
  const across = tiling.width - 2 * tiling.margin,
    down = tiling.height - 2 * tiling.margin;
  const columns = Math.ceil(picture.width / across),
    rows = Math.ceil(picture.height / down);
  const scale = SCALE_OF[recipeOf(weights.name)!.prefix]!;
  await job.course.step(0, columns * rows, 'upscaling');
  for (let row = 0; row < rows; row++) {
    const high = Math.min(down, picture.height - row * down) * factor;
    const strip: Picture = { width: file.width, height: high, channels: file.channels, data: new Uint8Array(file.width * high * file.channels) };
    for (let column = 0; column < columns; column++) {
      const left = column * across - tiling.margin,
        top = row * down - tiling.margin;
      const [output] = await graph.run([tileAt(picture, left, top, tiling)]);
      checkScale(output!, tiling.width, tiling.height, scale, weights.name);
      const large = scale === 4 && factor === 2 ? halved(output!) : output!;
      place(large, strip, column * across * factor, tiling.margin * factor, across * factor);
      if (file.channels === 4) placeAlpha(picture, strip, left, top, tiling, factor, column * across * factor, across * factor);
      await job.course.step(row * columns + column + 1, columns * rows, 'upscaling', () => strip);
    }
    await file.write(strip.data);
  }
  return columns * rows;
}

/** 256 with a margin of 16; a graph of a fixed size has its own. */
export function tilingFor({ fixedSize, file }: { fixedSize: Graph['fixedSize']; file: string }): Tiling {
  const width = fixedSize.width ?? TILE,
    height = fixedSize.height ?? TILE;
  if (width < 16 || height < 16 || width % 2 || height % 2) throw mismatch(file, `it takes tiles of ${width}×${height} only`);
  return { width, height, margin: Math.min(MARGIN, Math.floor(Math.min(width, height) / 4)) };
}

/** Colours 0 … 1; beyond the picture its mirror image goes on. */
export function tileAt(picture: Picture, left: number, top: number, { width, height }: Tiling): Tensor {
  const out = tensor([1, 3, height, width]);
  const xs = Array.from({ length: width }, (_, x) => mirrored(left + x, picture.width));
  for (let y = 0; y < height; y++) {
    const row = mirrored(top + y, picture.height) * picture.width;
    for (let x = 0; x < width; x++) {
      const from = (row + xs[x]!) * picture.channels;
      for (let c = 0; c < 3; c++) out.data[(c * height + y) * width + x] = picture.data[from + c]! / 255;
    }
  }
  return out;
}

/** …2 1 0 1 2 … n−2 n−1 n−2 …, however far out. */
export function mirrored(at: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const place = ((at % period) + period) % period;
  return place < size ? place : period - place;
}

function place({ data, dims }: Tensor, strip: Picture, left: number, margin: number, across: number): void {
  const height = dims[2]!,
    width = dims[3]!;
  const wide = Math.min(across, strip.width - left);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < strip.height; y++) {
      const from = (c * height + margin + y) * width + margin;
      for (let x = 0; x < wide; x++) strip.data[(y * strip.width + left + x) * strip.channels + c] = byteOf(data[from + x]!);
    }
  }
}

/** Lanczos-3: what is transparent has no texture that a model could add. */
function placeAlpha(
  picture: Picture,
  strip: Picture,
  left: number,
  top: number,
  { width, height, margin }: Tiling,
  factor: 2 | 4,
  to: number,
  across: number,
): void {
  const small = { width, height, data: new Float32Array(width * height) };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      small.data[y * width + x] = picture.data[(mirrored(top + y, picture.height) * picture.width + mirrored(left + x, picture.width)) * 4 + 3]! / 255;
  const large = enlarge(small, factor);
  const wide = Math.min(across, strip.width - to);
  for (let y = 0; y < strip.height; y++)
    for (let x = 0; x < wide; x++)
      strip.data[(y * strip.width + to + x) * 4 + 3] = byteOf(large.data[(margin * factor + y) * large.width + margin * factor + x]!);
}
