/** Masks made from a picture, or from a mask, step by step. */
import { PARAMETER_LIMITS, type MaskStep } from '@atelier/contracts';
import { EngineInputError } from '../engine.js';
import { shareOf } from './bounds.js';
import { colourOf } from './background/remove-background.js';
import { boxMean, type Plane } from './background/planes.js';
import { brightness, grown, maskOf } from './masks.js';
import type { OperationOf } from './operation.js';
import { readPicture, type Picture } from './picture.js';

const STEPS_MAX = 64;
/** Three box filters come within 3 % of a Gaussian. */
const PASSES = 3;
/** Distance between black and white, to which a tolerance is relative. */
const FARTHEST = Math.hypot(255, 255, 255);
const TOLERANCE = 0.1;

export const mask: OperationOf<'mask'> = async ({ steps }, inputs, course) => {
  if (!Array.isArray(steps) || steps.length === 0 || steps.length > STEPS_MAX)
    throw new EngineInputError('bad_parameters', `steps is a list of 1 to ${STEPS_MAX} changes of the mask.`);
  const picture = await readPicture(inputs.get('image'));
  let plane = maskOf(picture);
  for (const [i, step] of steps.entries()) {
    await course.step(i, steps.length, 'masking');
    plane = applied(step, plane, picture);
  }
  return { mask: plane, simulated: false, steps: steps.length, metadata: { method: 'mask steps', model: null } };
};

/** Pure. @throws EngineInputError for a step nobody knows, or a value it cannot use */
export function applied(step: MaskStep, plane: Plane, picture: Picture): Plane {
  const { width, height } = plane;
  const each = (value: (i: number) => number): Plane => ({ width, height, data: Float32Array.from({ length: width * height }, (_, i) => value(i)) });
  const { channels, data } = picture;
  switch (step.op) {
    case 'from_alpha':
      return each((i) => (channels === 4 ? data[i * 4 + 3]! / 255 : 1));
    case 'from_luminance': {
      const threshold = step.threshold === undefined ? undefined : shareOf(step, 'threshold');
      return each((i) => {
        const light = brightness(data, i * channels) / 255;
        return threshold === undefined ? light : light > threshold ? 1 : 0;
      });
    }
    case 'from_colour': {
      const colour = colourOf(step.colour, 'colour');
      if (!colour) throw new EngineInputError('bad_parameters', 'from_colour needs a colour: use #rrggbb.');
      const reach = (step.tolerance === undefined ? TOLERANCE : shareOf(step, 'tolerance')) * FARTHEST;
      return each((i) => (Math.hypot(...colour.map((value, c) => data[i * channels + c]! - value)) <= reach ? 1 : 0));
    }
    case 'invert':
      return each((i) => 1 - plane.data[i]!);
    case 'threshold': {
      const at = shareOf(step, 'at');
      return each((i) => (plane.data[i]! >= at ? 1 : 0));
    }
    case 'grow':
      return grown(plane, within(step.pixels, PARAMETER_LIMITS.growMax));
    case 'feather':
      return feathered(plane, Math.abs(within(step.pixels, PARAMETER_LIMITS.featherMax)));
    default:
      throw new EngineInputError('bad_parameters', `"${(step as { op: string }).op}" is no step of a mask.`);
  }
}

function within(pixels: number, most: number): number {
  if (Number.isInteger(pixels) && Math.abs(pixels) <= most) return pixels;
  throw new EngineInputError('bad_parameters', `pixels is ${JSON.stringify(pixels)}: use a whole number up to ${most}.`);
}

/** The edge becomes a slope of about `pixels`, half of it on each side. */
function feathered(plane: Plane, pixels: number): Plane {
  const radius = Math.round(pixels / PASSES / 2);
  if (radius === 0) return plane;
  let soft = plane;
  for (let pass = 0; pass < PASSES; pass++) soft = boxMean(soft, radius);
  return { ...soft, data: soft.data.map((value) => Math.min(1, Math.max(0, value))) };
}
