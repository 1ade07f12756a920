/** A part of a picture, or what lies beyond its edges, painted anew without a model. Simulated. */
import { PARAMETER_LIMITS, type TaskParameters } from '@atelier/contracts';
import { EngineInputError } from '../engine.js';
import { shareOf, sidesOf, wholeOf } from './bounds.js';
import { img2img } from './img2img.js';
import { checkMaskSize, composite, fadedOutwards, maskOf } from './masks.js';
import { Inputs, type OperationOf, type OperationResult } from './operation.js';
import { encodePng, readPicture, type Picture } from './picture.js';
import { txt2img } from './txt2img.js';
import type { Plane } from './background/planes.js';

const NOTE = { method: 'generative painting', note: 'simulated: painted without a model' };
/** From here on nothing of what was there is heard. */
const ANEW = 0.99;

export const inpaint: OperationOf<'inpaint'> = async (parameters, inputs, course) => {
  const size = sidesOf(parameters);
  const feather = wholeOf(parameters, 'feather', 0, PARAMETER_LIMITS.featherMax);
  await checkMaskSize(inputs.get('mask'), inputs.get('image'));
  const picture = await readPicture(inputs.get('image'), size);
  const alpha = fadedOutwards(maskOf(await readPicture(inputs.get('mask'), size)), feather);
  const strength = shareOf(parameters, 'strength');
  const painted = strength >= ANEW ? await txt2img(parameters, inputs, course) : await img2img({ ...parameters, strength }, inputs, course);
  return over(picture, painted, alpha);
};

export const outpaint: OperationOf<'outpaint'> = async (parameters, inputs, course) => {
  const size = sidesOf(parameters);
  const feather = wholeOf(parameters, 'feather', 0, PARAMETER_LIMITS.featherMax);
  const picture = await readPicture(inputs.get('image'));
  const extended = extend(picture, parameters, size);
  const image = { name: 'image', data: await encodePng(extended), contentType: 'image/png' };
  const painted = await img2img({ ...parameters, strength: 0.9 }, new Inputs([image]), course);
  return over(extended, painted, borderOf(parameters, picture, size, feather));
};

function over(picture: Picture, painted: OperationResult, alpha: Plane): OperationResult {
  return { ...painted, picture: composite(picture, painted.picture!, alpha), metadata: NOTE };
}

type Sides = Pick<TaskParameters['outpaint'], 'left' | 'top' | 'right' | 'bottom'>;
type Size = { width: number; height: number };

/** The picture with its outermost pixels drawn on into the border. */
function extend(picture: Picture, { left, top, right, bottom }: Sides, { width, height }: Size): Picture {
  if (left + picture.width + right !== width || top + picture.height + bottom !== height)
    throw new EngineInputError(
      'bad_parameters',
      `${picture.width} × ${picture.height} and the sides added do not make ${width} × ${height}: send sides that do.`,
    );
  const { channels } = picture;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const fromY = Math.min(picture.height - 1, Math.max(0, y - top));
    for (let x = 0; x < width; x++) {
      const from = (fromY * picture.width + Math.min(picture.width - 1, Math.max(0, x - left))) * channels;
      for (let c = 0; c < channels; c++) data[(y * width + x) * channels + c] = picture.data[from + c]!;
    }
  }
  return { width, height, channels, data };
}

/** 1 in the border, fading to 0 within `feather` pixels inside the old picture. */
function borderOf({ left, top }: Sides, inner: Size, { width, height }: Size, feather: number): Plane {
  const border = new Float32Array(width * height).fill(1);
  for (let y = top; y < top + inner.height; y++) border.fill(0, y * width + left, y * width + left + inner.width);
  return fadedOutwards({ width, height, data: border }, feather);
}
