/** Image to image without a model: the input repainted in the colours of the prompt, along its own edges. Simulated. */
import { paint, type Target } from './brush.js';
import { shareOf, sidesOf, wholeOf } from './bounds.js';
import { Noise } from './noise.js';
import type { OperationOf } from './operation.js';
import { paletteOf, type Palette } from './palette.js';
import { readPicture, type Picture } from './picture.js';
import { Random } from './random.js';
import { wordsOf } from './txt2img.js';

/** Farthest a pixel is moved at full strength, as a share of the shorter side. */
const WARP = 0.05;

/** As with diffusion, `strength` decides how late the painting begins: the first steps × (1 − strength) are skipped. */
export const img2img: OperationOf<'img2img'> = async (parameters, inputs, course) => {
  const { width, height } = sidesOf(parameters);
  const steps = wholeOf(parameters, 'steps', 1, 150);
  const strength = shareOf(parameters, 'strength');
  const todo = Math.round(steps * strength);
  await course.step(0, todo, 'sampling');
  const input = withoutAlpha(await readPicture(inputs.get('image'), { width, height }));
  const words = wordsOf(parameters);
  const random = new Random(`${words}\n${parameters.seed}`);
  const target = targetOf(input, strength, paletteOf(new Random(words), 0.7), random);
  const canvas = input.data.slice();
  const picture: Picture = { width, height, channels: 3, data: canvas };
  await paint(canvas, target, random, steps, steps - todo, (done) => course.step(done - steps + todo, todo, 'sampling', () => picture));
  return { picture, simulated: true, steps: todo, metadata: { method: 'generative repainting', note: 'simulated: repainted without a model' } };
};

function targetOf(input: Picture, strength: number, palette: Palette, random: Random): Target {
  const { width, height } = input;
  const noise = new Noise(random);
  const rgb = new Uint8Array(width * height * 3);
  const side = Math.min(width, height);
  const recolour = 0.85 * strength * strength + 0.1 * strength;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bend = WARP * strength * strength * side;
      const sx = clamp(x + Math.round(bend * noise.sum((x / side) * 3, (y / side) * 3, 3)), width);
      const sy = clamp(y + Math.round(bend * noise.sum((x / side) * 3 + 50, (y / side) * 3 + 50, 3)), height);
      const from = (sy * width + sx) * 3;
      const tone = palette.ramp(luminance(input.data, from) / 255);
      for (let c = 0; c < 3; c++) rgb[(y * width + x) * 3 + c] = input.data[from + c]! * (1 - recolour) + tone[c]! * recolour;
    }
  }
  return { width, height, rgb, flow: (x, y) => alongEdge(rgb, width, height, x, y) };
}

/** Across the gradient: strokes follow edges instead of smearing them. */
function alongEdge(rgb: Uint8Array, width: number, height: number, x: number, y: number): number {
  const at = (dx: number, dy: number) => luminance(rgb, (clamp(Math.floor(y) + dy, height) * width + clamp(Math.floor(x) + dx, width)) * 3);
  return Math.atan2(at(0, 2) - at(0, -2), at(2, 0) - at(-2, 0)) + Math.PI / 2;
}

function luminance(rgb: Uint8Array, at: number): number {
  return 0.2126 * rgb[at]! + 0.7152 * rgb[at + 1]! + 0.0722 * rgb[at + 2]!;
}

function clamp(value: number, size: number): number {
  return value < 0 ? 0 : value >= size ? size - 1 : value;
}

/** Transparency over mid-grey: a diffusion model does not know it either. */
function withoutAlpha(picture: Picture): Picture {
  if (picture.channels === 3) return picture;
  const { width, height, data } = picture;
  const opaque = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const share = data[i * 4 + 3]! / 255;
    for (let c = 0; c < 3; c++) opaque[i * 3 + c] = data[i * 4 + c]! * share + 128 * (1 - share);
  }
  return { width, height, channels: 3, data: opaque };
}
