/** Pictures as ComfyUI is given them, and as they are handed in. */
import sharp from 'sharp';
import { fadedOutwards, composite, grown } from '../builtin/masks.js';
import { encodePng, readPicture, type Picture } from '../builtin/picture.js';
import { withMetadata } from '../builtin/png-metadata.js';
import { maskOf } from '../builtin/masks.js';
import { boxMean, type Plane } from '../builtin/background/planes.js';
import { EngineFault, type EngineOutput } from '../engine.js';

const PREVIEW_SIDE = 320;
const PREVIEW_BYTES_MAX = 12_000;

type Size = { width: number; height: number };

/** Fitted to the size of the task: covered, and cut around its centre. */
export const fittedPng = async (data: Uint8Array, size?: Size): Promise<Buffer> => encodePng(await readPicture(data, size));

/** What is remade: the mask, larger by half of its feather and soft, so that the seam lies outside of what the model had to keep. */
export async function remadePng(data: Uint8Array, size: Size, feather: number): Promise<Buffer> {
  const half = Math.ceil(feather / 2);
  let plane: Plane = grown(maskOf(await readPicture(data, size)), half);
  if (half > 0) plane = boxMean(plane, half);
  return encodePng({ width: plane.width, height: plane.height, channels: 3, data: greyRgb(plane) });
}

/** In three channels: decoders of ComfyUI (2026) read a grey picture's white as less than all, or as nothing. */
function greyRgb({ data }: Plane): Uint8Array {
  const rgb = new Uint8Array(data.length * 3);
  data.forEach((value, i) => rgb.fill(Math.round(255 * Math.min(1, Math.max(0, value))), i * 3, i * 3 + 3));
  return rgb;
}

/** Outside the feathered mask the picture stays bit for bit, whatever the decoder has done to it. */
export async function keptOutside(original: Uint8Array, mask: Uint8Array, made: Picture, feather: number): Promise<Picture> {
  const size = { width: made.width, height: made.height };
  return composite(await readPicture(original, size), made, fadedOutwards(maskOf(await readPicture(mask, size)), feather));
}

/** The same for a picture that was continued: inside its old border, less the feather, it stays. */
export async function keptInside(original: Uint8Array, made: Picture, o: { left: number; top: number; feather: number }): Promise<Picture> {
  const inner = await readPicture(original);
  const border = new Float32Array(made.width * made.height).fill(1);
  const under: Picture = { ...made, data: made.data.slice() };
  for (let y = 0; y < inner.height; y++)
    for (let x = 0; x < inner.width; x++) {
      const to = (o.top + y) * made.width + o.left + x;
      border[to] = 0;
      for (let c = 0; c < 3; c++) under.data[to * made.channels + c] = inner.data[(y * inner.width + x) * inner.channels + c]!;
    }
  return composite(under, made, fadedOutwards({ width: made.width, height: made.height, data: border }, o.feather));
}

export async function pictureOutput(picture: Picture, facts: Record<string, unknown>): Promise<EngineOutput> {
  const data = withMetadata(await encodePng(picture), facts);
  return { slot: 'image', data, contentType: 'image/png', width: picture.width, height: picture.height, metadata: facts };
}

/** What came back, at the size that was asked for: families round it up to what they can make. @throws EngineFault when it is no picture */
export async function readMade(file: Buffer, size: Size): Promise<Picture> {
  const made = await readPicture(file).catch(() => {
    throw new EngineFault('engine_error', 'ComfyUI handed in a file that is no picture.');
  });
  if (made.width === size.width && made.height === size.height) return made;
  if (made.width < size.width || made.height < size.height)
    throw new EngineFault('engine_error', `ComfyUI made ${made.width} × ${made.height} instead of ${size.width} × ${size.height}.`);
  const left = Math.floor((made.width - size.width) / 2),
    top = Math.floor((made.height - size.height) / 2);
  const data = await sharp(made.data, { raw: { width: made.width, height: made.height, channels: made.channels } })
    .extract({ left, top, ...size })
    .raw()
    .toBuffer();
  return { ...made, ...size, data };
}

/** A preview frame, small enough for a heartbeat; null when it is no picture. */
export async function smallPreview(image: Uint8Array): Promise<Buffer | null> {
  for (const quality of [70, 45, 20]) {
    const jpeg = await sharp(image)
      .resize(PREVIEW_SIDE, PREVIEW_SIDE, { fit: 'inside', withoutEnlargement: true })
      .jpeg({ quality })
      .toBuffer()
      .catch(() => null);
    if (!jpeg) return null;
    if (jpeg.length <= PREVIEW_BYTES_MAX) return jpeg;
  }
  return null;
}
