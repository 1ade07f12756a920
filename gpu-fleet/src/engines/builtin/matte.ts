/** The alpha of a subject: by the cuts of background removal, or by what differs from the same scene without it. */
import { EngineInputError } from '../engine.js';
import { cutOut } from './background/edge.js';
import { labOf } from './background/lab.js';
import { findSubject, MATTE_STEPS } from './background/matte.js';
import { boxMean, type Plane } from './background/planes.js';
import { greyPicture, smooth } from './masks.js';
import type { OperationOf } from './operation.js';
import { readPicture, type Picture } from './picture.js';

/** ΔE below which a difference is noise of the camera, and from which it is the subject. */
const NOISE = 6;
const SUBJECT = 18;

export const matte: OperationOf<'matte'> = async ({ method }, inputs, course) => {
  const picture = await readPicture(inputs.get('image'));
  if (method === 'plate') {
    await course.step(0, 1, 'comparing');
    return { mask: against(picture, await readPicture(inputs.get('plate'))), simulated: false, steps: 1, metadata: { method: 'difference', model: null } };
  }
  await course.step(0, MATTE_STEPS, 'segmenting');
  const subject = await findSubject(picture, (step, found) => course.step(step, MATTE_STEPS, 'segmenting', () => greyPicture(found)));
  await course.step(MATTE_STEPS, MATTE_STEPS, 'matting');
  const { width, height } = picture;
  const data = new Float32Array(width * height);
  if (subject) {
    const cut = cutOut(picture, subject).data;
    for (let i = 0; i < data.length; i++) data[i] = cut[i * 4 + 3]! / 255;
  } else data.fill(1);
  const metadata = { method: 'classical', model: null, subjectFound: subject !== null };
  return { mask: { width, height, data }, simulated: false, steps: MATTE_STEPS, metadata };
};

/** How far each pixel is from the plate, without specks. */
function against(picture: Picture, plate: Picture): Plane {
  const { width, height } = picture;
  if (plate.width !== width || plate.height !== height)
    throw new EngineInputError(
      'plate_size',
      `The plate is ${plate.width} × ${plate.height}, the picture ${width} × ${height}: send the same scene at the same size.`,
    );
  const here = labOf(picture.data, picture.channels),
    there = labOf(plate.data, plate.channels);
  const difference = new Float32Array(width * height);
  for (let i = 0; i < difference.length; i++)
    difference[i] = Math.hypot(here[i * 3]! - there[i * 3]!, here[i * 3 + 1]! - there[i * 3 + 1]!, here[i * 3 + 2]! - there[i * 3 + 2]!);
  const calm = boxMean({ width, height, data: difference }, 1);
  return { width, height, data: calm.data.map((d) => smooth((d - NOISE) / (SUBJECT - NOISE))) };
}
