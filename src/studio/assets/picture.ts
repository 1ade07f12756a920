import { PARAMETER_LIMITS } from '@atelier/contracts';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import type { ThumbnailSize } from './assets.dto.js';

// One thread per picture and nothing kept: how many are decoded at once is decided by a Turnstile.
sharp.concurrency(1);
sharp.cache(false);

const SECONDS_MAX = 30;
const limits: SharpOptions = { limitInputPixels: PARAMETER_LIMITS.uploadPixelsMax };
const careful: SharpOptions = { ...limits, failOn: 'error', sequentialRead: true, autoOrient: true };
/** A decoder that reads a file, or what is piped into it. */
const decoder = (path?: string): Sharp => (path === undefined ? sharp(careful) : sharp(path, careful)).timeout({ seconds: SECONDS_MAX });

/**
 * Decodes the whole file once and gives its size as displayed. Throws when any part of it cannot be read. The picture is shrunk while it is
 * read, so that it never lies in memory whole.
 */
export async function decodePicture(path: string): Promise<{ width: number; height: number }> {
  const { autoOrient } = await sharp(path, limits).metadata();
  await decoder(path).resize(32, 32, { fit: 'inside', fastShrinkOnLoad: false }).raw().toBuffer();
  return { width: autoOrient.width, height: autoOrient.height };
}

async function through(source: Readable, picture: Sharp): Promise<Buffer> {
  const [, made] = await Promise.all([pipeline(source, picture as Writable), picture.toBuffer()]);
  return made;
}

/** WebP that fits into a square; never enlarged, without metadata. */
export const makeThumbnail = (source: Readable, size: ThumbnailSize): Promise<Buffer> =>
  through(source, decoder().resize(size, size, { fit: 'inside', withoutEnlargement: true }).webp({ quality: 82, effort: 2 }));

/** JPEG or WebP written anew: turned upright, without camera data. Of quality 95, since the original stays. */
export const rewrite = (source: Readable, contentType: 'image/jpeg' | 'image/webp'): Promise<Buffer> =>
  through(source, contentType === 'image/jpeg' ? decoder().jpeg({ quality: 95 }) : decoder().webp({ quality: 95 }));
