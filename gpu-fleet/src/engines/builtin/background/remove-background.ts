/** Background removal by classical segmentation: the subject over nothing, or over one colour. */
import { BACKGROUND_COLOURS } from '@atelier/contracts';
import { EngineInputError } from '../../engine.js';
import type { OperationOf } from '../operation.js';
import { readPicture, type Picture } from '../picture.js';
import { cutOut } from './edge.js';
import { findSubject, MATTE_STEPS } from './matte.js';
import type { Plane } from './planes.js';

const METHOD = { method: 'classical', model: null, note: 'made without a model' };

/** Where nothing stands out, the picture stays whole and says so: an empty result would help nobody. */
export const removeBackground: OperationOf<'remove-background'> = async ({ background }, inputs, course) => {
  const colour = colourOf(background);
  await course.step(0, MATTE_STEPS, 'segmenting');
  const picture = await readPicture(inputs.get('image'));
  const subject = await findSubject(picture, (step, mask) => course.step(step, MATTE_STEPS, 'segmenting', () => greyOf(mask)));
  await course.step(MATTE_STEPS, MATTE_STEPS, 'matting');
  const found = subject !== null;
  const result = subject ? cutOut(picture, subject) : picture;
  return { picture: colour ? over(result, colour) : result, simulated: false, steps: MATTE_STEPS, metadata: { ...METHOD, subjectFound: found } };
};

/** Null for `transparent`. @throws EngineInputError for a colour nobody knows. */
export function colourOf(background: unknown, name = 'background'): [number, number, number] | null {
  if (background === undefined || background === 'transparent') return null;
  const word = typeof background === 'string' ? background.toLowerCase() : '';
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/.exec(BACKGROUND_COLOURS[word] ?? word);
  if (!hex)
    throw new EngineInputError(
      'bad_parameters',
      `${name} is ${JSON.stringify(background)}: use transparent, #rrggbb or one of ${Object.keys(BACKGROUND_COLOURS).join(', ')}.`,
    );
  return [parseInt(hex[1]!, 16), parseInt(hex[2]!, 16), parseInt(hex[3]!, 16)];
}

function over({ width, height, channels, data }: Picture, colour: [number, number, number]): Picture {
  if (channels === 3) return { width, height, channels, data };
  const out = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const alpha = data[i * 4 + 3]! / 255;
    for (let c = 0; c < 3; c++) out[i * 3 + c] = Math.round(data[i * 4 + c]! * alpha + colour[c]! * (1 - alpha));
  }
  return { width, height, channels: 3, data: out };
}

function greyOf({ width, height, data }: Plane): Picture {
  const grey = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) grey.fill(Math.round(255 * data[i]!), i * 3, i * 3 + 3);
  return { width, height, channels: 3, data: grey };
}
