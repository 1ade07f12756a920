/** U²-Net as rembg runs it: 320², divided by the brightest value, ImageNet's mean and deviation; the first map, stretched to 0 … 1. */
import { colours, IMAGENET_MEAN, IMAGENET_STD, minMax, planeOf, scaleOfBrightest } from '../tensor.js';
import type { Matting } from './matting.js';

export const u2net: Matting = {
  sizeFor: () => ({ width: 320, height: 320 }),
  before: (resized) => colours(resized, scaleOfBrightest(resized), IMAGENET_MEAN, IMAGENET_STD),
  after: (output) => minMax(planeOf(output)),
};
