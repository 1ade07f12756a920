/** Pictures in and out: sharp at the borders, plain bytes in between. */
import { PARAMETER_LIMITS } from '@atelier/contracts';
import sharp, { type Sharp } from 'sharp';
import { EngineInputError } from '../engine.js';
import type { Plane } from './background/planes.js';

/** Interleaved bytes: RGB, or RGBA where something is transparent. */
export interface Picture {
  width: number;
  height: number;
  channels: 3 | 4;
  data: Uint8Array;
}

const FORMATS = ['jpeg', 'png', 'webp', 'heif', 'gif', 'tiff'];
const PREVIEW_SIDE = 320;
const PREVIEW_BYTES_MAX = 12_000;

/** Upright, sRGB, 8 bits; the first frame of several. @throws EngineInputError for what is no picture or too large. */
export async function readPicture(data: Uint8Array, resizeTo?: { width: number; height: number }): Promise<Picture> {
  const source = sharp(data, { limitInputPixels: PARAMETER_LIMITS.uploadPixelsMax, failOn: 'error' });
  try {
    const { format, hasAlpha } = await source.metadata();
    if (!FORMATS.includes(format))
      throw new EngineInputError('unreadable_picture', `The input is ${format}, which is not a photograph's format: use PNG, JPEG or WebP.`);
    let upright = source.rotate().toColourspace('srgb');
    if (resizeTo) upright = upright.resize({ ...resizeTo, fit: 'cover' });
    const { data: bytes, info } = await (hasAlpha ? upright.ensureAlpha() : upright.removeAlpha())
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, channels: info.channels as 3 | 4, data: bytes };
  } catch (error) {
    throw unreadable(error);
  }
}

/** As it is seen, upright. @throws EngineInputError for what is no picture or too large. */
export async function pictureSize(data: Uint8Array): Promise<{ width: number; height: number }> {
  try {
    const { autoOrient } = await sharp(data, { limitInputPixels: PARAMETER_LIMITS.uploadPixelsMax }).metadata();
    return autoOrient;
  } catch (error) {
    throw unreadable(error);
  }
}

const unreadable = (error: unknown): EngineInputError =>
  error instanceof EngineInputError
    ? error
    : new EngineInputError(
        'unreadable_picture',
        `The input picture cannot be read (${(error as Error).message.split('\n')[0]}): use a whole PNG, JPEG or WebP file of at most ${PARAMETER_LIMITS.uploadPixelsMax / 1e6} megapixels.`,
      );

/** Fixed settings, no time stamp: equal pixels are equal bytes. */
export async function encodePng(picture: Picture): Promise<Buffer> {
  return raw(picture).png({ compressionLevel: 6, adaptiveFiltering: false, palette: false }).toBuffer();
}

/** One channel, white is 1. */
export function encodeMask({ width, height, data }: Plane): Promise<Buffer> {
  const grey = Uint8Array.from(data, (value) => Math.round(255 * value));
  return sharp(grey, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 6, adaptiveFiltering: false, palette: false })
    .toBuffer();
}

/** A small JPEG of a picture under way. */
export async function previewOf(picture: Picture): Promise<Buffer> {
  const small = await raw(picture)
    .flatten({ background: '#808080' })
    .resize(PREVIEW_SIDE, PREVIEW_SIDE, { fit: 'inside', withoutEnlargement: true, kernel: 'linear' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (let quality = 70; ; quality -= 20) {
    const jpeg = await sharp(small.data, { raw: { width: small.info.width, height: small.info.height, channels: small.info.channels } })
      .jpeg({ quality })
      .toBuffer();
    if (jpeg.byteLength <= PREVIEW_BYTES_MAX || quality <= 10) return jpeg;
  }
}

export async function resized(picture: Picture, width: number, height: number): Promise<Picture> {
  const data = await raw(picture).resize(width, height, { fit: 'fill' }).raw().toBuffer();
  return { ...picture, width, height, data };
}

/** RGB when nothing is transparent, else as it is. */
export function withoutIdleAlpha(picture: Picture): Picture {
  const { data, channels, width, height } = picture;
  if (channels === 3) return picture;
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return picture;
  const opaque = new Uint8Array(width * height * 3);
  for (let i = 0, j = 0; i < data.length; i += 4) {
    opaque[j++] = data[i]!;
    opaque[j++] = data[i + 1]!;
    opaque[j++] = data[i + 2]!;
  }
  return { width, height, channels: 3, data: opaque };
}

function raw({ data, width, height, channels }: Picture): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}
