/** Masks in and out: one plane, 0 … 1, white is what is meant. */
import { EngineInputError } from '../engine.js';
import type { Plane } from './background/planes.js';
import { distancesTo } from './distance.js';
import { pictureSize, readPicture, type Picture } from './picture.js';

type Size = { width: number; height: number };

/** Where a soft mask counts as inside. */
const HALF = 0.5;

/** A mask's brightness; its alpha where the file has one and no colours of its own. @throws EngineInputError when it is not of `size` */
export async function readMask(data: Uint8Array, size: Size): Promise<Plane> {
  const picture = await readPicture(data);
  checkSame(picture, size);
  return maskOf(picture);
}

/** For those who fit both to another size, which must do the same to both. @throws EngineInputError when they are of two sizes */
export async function checkMaskSize(mask: Uint8Array, picture: Uint8Array): Promise<void> {
  checkSame(await pictureSize(mask), await pictureSize(picture));
}

function checkSame(mask: Size, picture: Size): void {
  if (mask.width === picture.width && mask.height === picture.height) return;
  throw new EngineInputError(
    'mask_size',
    `The mask is ${mask.width} × ${mask.height}, the picture ${picture.width} × ${picture.height}: send a mask of the same size.`,
  );
}

export function maskOf({ width, height, channels, data }: Picture): Plane {
  const byAlpha = channels === 4 && isPlain(data);
  const plane = new Float32Array(width * height);
  for (let i = 0; i < plane.length; i++) {
    const at = i * channels;
    const alpha = channels === 4 ? data[at + 3]! / 255 : 1;
    plane[i] = byAlpha ? alpha : (brightness(data, at) / 255) * alpha;
  }
  return { width, height, data: plane };
}

/** Whether all pixels have one colour and the alpha says the rest. */
function isPlain(rgba: Uint8Array): boolean {
  let transparent = false;
  for (let i = 0; i < rgba.length; i += 4) {
    if (rgba[i] !== rgba[0] || rgba[i + 1] !== rgba[1] || rgba[i + 2] !== rgba[2]) return false;
    transparent ||= rgba[i + 3]! < 255;
  }
  return transparent;
}

export const brightness = (data: Uint8Array, at: number): number => 0.2126 * data[at]! + 0.7152 * data[at + 1]! + 0.0722 * data[at + 2]!;

export function insideOf({ data }: Plane): Uint8Array {
  // Not `Uint8Array.from`: a megapixel through an iterator takes a quarter of a second.
  const inside = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) inside[i] = data[i]! >= HALF ? 1 : 0;
  return inside;
}

/** Positive grows, negative shrinks, by Euclidean distance. A hard mask. */
export function grown(mask: Plane, pixels: number): Plane {
  const { width, height } = mask;
  const inside = insideOf(mask);
  if (pixels >= 0) return { width, height, data: distancesTo(inside, width, height).map((d) => (d <= pixels ? 1 : 0)) };
  const outside = inside.map((value) => 1 - value);
  return { width, height, data: distancesTo(outside, width, height).map((d) => (d > -pixels ? 1 : 0)) };
}

/** 1 in the mask, falling smoothly to 0 over `feather` pixels outside of it. Beyond, exactly 0. */
export function fadedOutwards(mask: Plane, feather: number): Plane {
  const { width, height } = mask;
  const distances = distancesTo(insideOf(mask), width, height);
  return { width, height, data: distances.map((d) => (d === 0 ? 1 : smooth(1 - d / (feather + 1)))) };
}

export const smooth = (t: number): number => (t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t));

/** `over` where the mask is 1, `under`, untouched, where it is 0. Both of three channels or four. */
export function composite(under: Picture, over: Picture, alpha: Plane): Picture {
  const { width, height, channels } = under;
  const data = under.data.slice();
  for (let i = 0; i < alpha.data.length; i++) {
    const share = alpha.data[i]!;
    if (share === 0) continue;
    for (let c = 0; c < 3; c++) data[i * channels + c] = Math.round(over.data[i * over.channels + c]! * share + data[i * channels + c]! * (1 - share));
    if (channels === 4) data[i * 4 + 3] = Math.round(255 * share + data[i * 4 + 3]! * (1 - share));
  }
  return { width, height, channels, data };
}

/** A plane as a picture, for previews. */
export function greyPicture({ width, height, data }: Plane): Picture {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) rgb.fill(Math.round(255 * data[i]!), i * 3, i * 3 + 3);
  return { width, height, channels: 3, data: rgb };
}
