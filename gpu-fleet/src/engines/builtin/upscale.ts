/** Enlarging ×2 or ×4 by resampling, in tiles, so that memory follows the tile and progress the tiles. */
import { EngineInputError } from '../engine.js';
import type { OperationOf } from './operation.js';
import { readPicture, withoutIdleAlpha, type Picture } from './picture.js';
import { backProject, enlarge, steepen, type Plane } from './resample.js';

/** Side of a tile of the input, and how far it looks into its neighbours: the reach of Lanczos and three back-projections. */
const TILE = 256;
const MARGIN = 16;
const ROUNDS = 3;
/** Largest result, in pixels: 8192². Raw RGBA of it is 256 MB. */
export const UPSCALE_PIXELS_MAX = 67_108_864;

export const upscale: OperationOf<'upscale'> = async ({ factor, style }, inputs, course) => {
  if (factor !== 2 && factor !== 4) throw new EngineInputError('bad_parameters', `factor is ${JSON.stringify(factor)}: use 2 or 4.`);
  const input = withoutIdleAlpha(await readPicture(inputs.get('image')));
  const { width, height, channels } = input;
  if (width * height * factor * factor > UPSCALE_PIXELS_MAX) {
    throw new EngineInputError(
      'picture_too_large',
      `×${factor} of ${width}×${height} would be ${width * factor}×${height * factor}, above the ${UPSCALE_PIXELS_MAX / 1e6} megapixels of this engine: choose a smaller factor or picture.`,
    );
  }
  const columns = Math.ceil(width / TILE),
    rows = Math.ceil(height / TILE);
  const output: Picture = { width: width * factor, height: height * factor, channels, data: new Uint8Array(width * height * factor * factor * channels) };
  await course.step(0, columns * rows, 'upscaling');
  for (let tile = 0; tile < columns * rows; tile++) {
    enlargeTile(input, output, (tile % columns) * TILE, Math.floor(tile / columns) * TILE, factor, style === 'anime');
    await course.step(tile + 1, columns * rows, 'upscaling', () => output);
  }
  return { picture: output, simulated: false, steps: columns * rows, metadata: { method: 'resampling', model: null } };
};

function enlargeTile(input: Picture, output: Picture, left: number, top: number, factor: 2 | 4, sharp: boolean): void {
  const x0 = Math.max(0, left - MARGIN),
    x1 = Math.min(input.width, left + TILE + MARGIN);
  const y0 = Math.max(0, top - MARGIN),
    y1 = Math.min(input.height, top + TILE + MARGIN);
  const planes = planesOf(input, x0, y0, x1 - x0, y1 - y0).map((small) => {
    const large = enlarge(small, factor);
    if (sharp) steepen(large, factor / 2, 0.9);
    backProject(large, small, factor, ROUNDS, 255);
    return large;
  });
  const right = Math.min(input.width, left + TILE) * factor,
    bottom = Math.min(input.height, top + TILE) * factor;
  for (let y = top * factor; y < bottom; y++) {
    for (let x = left * factor; x < right; x++) {
      const from = (y - y0 * factor) * planes[0]!.width + x - x0 * factor;
      writePixel(output, y * output.width + x, planes, from);
    }
  }
}

/** One plane a channel; colours weighted by alpha, so that what is invisible does not bleed into the edges. */
function planesOf({ data, width: stride, channels }: Picture, left: number, top: number, width: number, height: number): Plane[] {
  const planes = Array.from({ length: channels }, () => ({ width, height, data: new Float32Array(width * height) }));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = ((top + y) * stride + left + x) * channels;
      const weight = channels === 4 ? data[from + 3]! / 255 : 1;
      for (let c = 0; c < channels; c++) planes[c]!.data[y * width + x] = c === 3 ? data[from + 3]! : data[from + c]! * weight;
    }
  }
  return planes;
}

function writePixel({ data, channels }: Picture, pixel: number, planes: Plane[], from: number): void {
  const alpha = channels === 4 ? planes[3]!.data[from]! : 255;
  const weight = alpha > 0 ? 255 / alpha : 0;
  for (let c = 0; c < 3; c++) data[pixel * channels + c] = Math.min(255, Math.round(planes[c]!.data[from]! * weight));
  if (channels === 4) data[pixel * 4 + 3] = Math.round(alpha);
}
