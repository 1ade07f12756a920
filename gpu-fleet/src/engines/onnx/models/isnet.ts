/** ISNet (DIS), `isnet-general-use` of rembg: 1024², divided by the brightest value, mean ½, deviation 1; stretched to 0 … 1. */
import { colours, minMax, planeOf, scaleOfBrightest } from '../tensor.js';
import type { Matting } from './matting.js';

export const isnet: Matting = {
  sizeFor: () => ({ width: 1024, height: 1024 }),
  before: (resized) => colours(resized, scaleOfBrightest(resized), [0.5, 0.5, 0.5]),
  after: (output) => minMax(planeOf(output)),
};
