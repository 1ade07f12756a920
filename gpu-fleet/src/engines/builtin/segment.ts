/** The mask of what was clicked on, by colour and by edges. */
import type { Point } from '@atelier/contracts';
import { clicksOf } from './bounds.js';
import { cutByClicks } from './background/click-cut.js';
import { labOf } from './background/lab.js';
import { scaled } from './background/planes.js';
import { cutBand } from './background/subject-cut.js';
import { greyPicture } from './masks.js';
import type { OperationOf } from './operation.js';
import { readPicture, resized, type Picture } from './picture.js';

/** Longer sides of the copies on which a region is found, and its edge. */
const SMALL = 200;
const MIDDLE = 640;
const STEPS = 3;

export const segment: OperationOf<'segment'> = async ({ points }, inputs, course) => {
  const picture = await readPicture(inputs.get('image'));
  const clicks = clicksOf(points, picture);
  await course.step(0, STEPS, 'segmenting');
  // There is nothing to remember between clicks: without a model, a picture is looked at in a moment.
  if (clicks.length === 0) return { simulated: false, steps: STEPS, metadata: {} };
  const small = await limited(picture, SMALL);
  const found = cutByClicks(labOf(small.data, small.channels), small.width, small.height, scaledTo(clicks, picture, small));
  const plane = { width: small.width, height: small.height, data: Float32Array.from(found) };
  await course.step(1, STEPS, 'segmenting', () => greyPicture(plane));
  const middle = await limited(picture, MIDDLE);
  const enlarged = scaled(plane, middle.width, middle.height);
  const rough = Uint8Array.from(enlarged.data, (value) => (value > 0.5 ? 1 : 0));
  const reach = Math.ceil((1.5 * middle.width) / small.width);
  const edge = cutBand(labOf(middle.data, middle.channels), middle.width, middle.height, rough, reach);
  await course.step(2, STEPS, 'segmenting');
  const whole = scaled({ width: middle.width, height: middle.height, data: Float32Array.from(edge) }, picture.width, picture.height);
  const mask = { ...whole, data: whole.data.map((value) => (value >= 0.5 ? 1 : 0)) };
  return { mask, simulated: false, steps: STEPS, metadata: { method: 'graph cut', model: null } };
};

const scaledTo = (points: readonly Point[], from: Picture, to: Picture): Point[] =>
  points.map(({ x, y, label }) => ({
    x: Math.min(to.width - 1, Math.floor((x * to.width) / from.width)),
    y: Math.min(to.height - 1, Math.floor((y * to.height) / from.height)),
    label,
  }));

function limited(picture: Picture, side: number): Promise<Picture> {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  return resized(picture, Math.max(8, Math.round(picture.width * scale)), Math.max(8, Math.round(picture.height * scale)));
}
