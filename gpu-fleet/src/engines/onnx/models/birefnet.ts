/** BiRefNet as rembg runs it: 1024², ImageNet's mean and deviation; logits, so a sigmoid comes before the stretch to 0 … 1. */
import { colours, IMAGENET_MEAN, IMAGENET_STD, minMax, planeOf, scaleOfBrightest, sigmoid } from '../tensor.js';
import type { Matting } from './matting.js';

export const birefnet: Matting = {
  sizeFor: () => ({ width: 1024, height: 1024 }),
  before: (resized) => colours(resized, scaleOfBrightest(resized), IMAGENET_MEAN, IMAGENET_STD),
  after: (output) => {
    const { width, height, data } = planeOf(output);
    return minMax({ width, height, data: data.map(sigmoid) });
  },
};
