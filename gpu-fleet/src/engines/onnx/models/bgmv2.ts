/** BackgroundMattingV2: the picture and the same scene without the subject, both 0 … 1; sides that four divides. */
import type { Picture } from '../../builtin/picture.js';
import { clamped, colours, padTo, planeOf, type Plane, type Tensor } from '../tensor.js';

const MULTIPLE = 4;
/** Longest side the model is given: it was made for 4K; the alpha of a larger picture is enlarged. */
export const PLATE_SIDE_MAX = 3840;

export function plateInput(picture: Picture, plate: Picture): Tensor[] {
  return [picture, plate].map((each) => padTo(colours(each, 1 / 255), MULTIPLE));
}

/** The alpha without what was padded. */
export function plateAlpha(output: Tensor, width: number, height: number): Plane {
  const padded = planeOf(output);
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) data.set(padded.data.subarray(y * padded.width, y * padded.width + width), y * width);
  return clamped({ width, height, data });
}
