/** What a mask covers, filled from what lies around it, without a model. Outside the mask every byte stays. */
import type { Plane } from './background/planes.js';
import { grown, insideOf, readMask } from './masks.js';
import { EngineInputError } from '../engine.js';
import type { OperationOf } from './operation.js';
import { fill, type Field } from './patch-fill.js';
import { readPicture, resized, type Picture } from './picture.js';
import { Random } from './random.js';

/** Pixels around the hole that are looked at, beside half the hole's own size. */
const AROUND = 48;
/** Longer side of the part that is worked on; a larger one is filled on a smaller copy. */
const WORK = 640;
/** The edge of what is removed has mixed pixels. */
const EDGE = 2;

export const cleanUp: OperationOf<'clean-up'> = async ({ grow = 0 }, inputs, course) => {
  const picture = await readPicture(inputs.get('image'));
  const given = await readMask(inputs.get('mask'), picture);
  const mask = grow > 0 ? grown(given, grow) : given;
  const frame = frameOf(mask);
  if (!frame) throw new EngineInputError('empty_mask', 'The mask is black everywhere, so there is nothing to fill: paint white what shall go.');
  const part = crop(picture, frame);
  const hole = grown(cropPlane(mask, frame), EDGE);
  if (insideOf(hole).every((inside) => inside === 1))
    throw new EngineInputError('full_mask', 'The mask covers the whole picture, so there is nothing to fill it from: leave some of it black.');
  const { copy, holes } = await workCopy(part, hole);
  const field: Field = { width: copy.width, height: copy.height, rgb: new Float32Array(rgbOf(copy)), hole: holes };
  let steps = 1;
  await course.step(0, steps, 'filling');
  await fill(field, new Random('fill'), (done, all) => {
    steps = all;
    return course.step(done, all, 'filling', () => pictureOf(field));
  });
  const filled = await resized(pictureOf(field), part.width, part.height);
  return { picture: paste(picture, filled, mask, frame), simulated: false, steps, metadata: { method: 'patches', model: null } };
};

interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Around the hole and its edge, with as much of the neighbourhood as the hole deserves; null when there is no hole. */
function frameOf(mask: Plane): Frame | null {
  const { width, height } = mask;
  const inside = insideOf(mask);
  let [x0, y0, x1, y1] = [width, height, -1, -1];
  for (let i = 0; i < inside.length; i++) {
    if (!inside[i]) continue;
    const x = i % width,
      y = Math.floor(i / width);
    [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x), Math.max(y1, y)];
  }
  if (x1 < 0) return null;
  [x0, y0, x1, y1] = [Math.max(0, x0 - EDGE), Math.max(0, y0 - EDGE), Math.min(width - 1, x1 + EDGE), Math.min(height - 1, y1 + EDGE)];
  const around = AROUND + Math.round(Math.max(x1 - x0, y1 - y0) / 2);
  const left = Math.max(0, x0 - around),
    top = Math.max(0, y0 - around);
  return { left, top, width: Math.min(width, x1 + around + 1) - left, height: Math.min(height, y1 + around + 1) - top };
}

function crop({ width: stride, channels, data }: Picture, { left, top, width, height }: Frame): Picture {
  const out = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * stride + left) * channels;
    out.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data: out };
}

function cropPlane(plane: Plane, { left, top, width, height }: Frame): Plane {
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) data.set(plane.data.subarray((top + y) * plane.width + left, (top + y) * plane.width + left + width), y * width);
  return { width, height, data };
}

async function workCopy(part: Picture, hole: Plane): Promise<{ copy: Picture; holes: Uint8Array }> {
  const scale = Math.min(1, WORK / Math.max(part.width, part.height));
  if (scale === 1) return { copy: part, holes: insideOf(hole) };
  const copy = await resized(part, Math.max(8, Math.round(part.width * scale)), Math.max(8, Math.round(part.height * scale)));
  const holes = new Uint8Array(copy.width * copy.height);
  // A pixel of the copy is part of the hole when any of it is.
  for (let i = 0; i < hole.data.length; i++) {
    if (hole.data[i]! < 0.5) continue;
    const x = Math.min(copy.width - 1, Math.floor(((i % part.width) * copy.width) / part.width)),
      y = Math.min(copy.height - 1, Math.floor((Math.floor(i / part.width) * copy.height) / part.height));
    holes[y * copy.width + x] = 1;
  }
  return { copy, holes };
}

function rgbOf({ channels, data, width, height }: Picture): Uint8Array {
  if (channels === 3) return data;
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) rgb.set(data.subarray(i * 4, i * 4 + 3), i * 3);
  return rgb;
}

const pictureOf = ({ width, height, rgb }: Field): Picture => ({
  width,
  height,
  channels: 3,
  data: new Uint8Array(new Uint8ClampedArray(rgb).buffer),
});

function paste(picture: Picture, filled: Picture, mask: Plane, { left, top, width, height }: Frame): Picture {
  const { channels } = picture;
  const data = picture.data.slice();
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (top + y) * picture.width + left + x;
      const share = mask.data[at]!;
      if (share === 0) continue;
      for (let c = 0; c < 3; c++)
        data[at * channels + c] = Math.round(filled.data[(y * width + x) * filled.channels + c]! * share + data[at * channels + c]! * (1 - share));
    }
  return { ...picture, data };
}
