/** Pictures by sharp, as this engine needs them: plain RGB at a model's size, masks as planes, masks as PNG. */
import sharp, { type KernelEnum } from 'sharp';
import type { EngineOutput } from '../engine.js';
import { EngineInputError } from '../engine.js';
import { encodePng, readPicture, type Picture } from '../builtin/picture.js';
import { withMetadata } from '../builtin/png-metadata.js';
import type { Plane } from './tensor.js';

/** RGB without alpha, stretched to the size. */
export async function stretched({ data, width, height, channels }: Picture, toWidth: number, toHeight: number, kernel: keyof KernelEnum): Promise<Picture> {
  const out = await sharp(data, { raw: { width, height, channels } }).removeAlpha().resize(toWidth, toHeight, { fit: 'fill', kernel }).raw().toBuffer();
  return { width: toWidth, height: toHeight, channels: 3, data: out };
}

/** A mask of exactly the picture's size as 0 … 1; white, or opaque where it has no colours, is 1. @throws EngineInputError for another size. */
export async function readMask(bytes: Uint8Array, width: number, height: number): Promise<Plane> {
  const mask = await readPicture(bytes);
  if (mask.width !== width || mask.height !== height)
    throw new EngineInputError(
      'mask_size',
      `The mask is ${mask.width}×${mask.height}, the picture ${width}×${height}: draw the mask on this picture, at its size.`,
    );
  const data = new Float32Array(width * height);
  const { channels } = mask;
  let isGreyless = channels === 4;
  for (let i = 0; i < data.length && isGreyless; i++) isGreyless = mask.data.subarray(i * 4, i * 4 + 3).every((value) => value === 0);
  for (let i = 0; i < data.length; i++) {
    const alpha = channels === 4 ? mask.data[i * 4 + 3]! / 255 : 1;
    const light = isGreyless ? 255 : 0.299 * mask.data[i * channels]! + 0.587 * mask.data[i * channels + 1]! + 0.114 * mask.data[i * channels + 2]!;
    data[i] = (light / 255) * alpha;
  }
  return { width, height, data };
}

export async function pictureOutput(picture: Picture, facts: Record<string, unknown>): Promise<EngineOutput> {
  const { width, height } = picture;
  return { slot: 'image', data: withMetadata(await encodePng(picture), facts), contentType: 'image/png', width, height, metadata: facts };
}

export const maskOutput = (mask: Uint8Array, width: number, height: number, facts: Record<string, unknown>): Promise<EngineOutput> =>
  greyOutput('mask', mask, width, height, facts);

/** One channel. */
export async function greyOutput(slot: string, mask: Uint8Array, width: number, height: number, facts: Record<string, unknown>): Promise<EngineOutput> {
  const png = await sharp(mask, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 6, adaptiveFiltering: false, palette: false })
    .toBuffer();
  return { slot, data: withMetadata(png, facts), contentType: 'image/png', width, height, metadata: facts };
}
