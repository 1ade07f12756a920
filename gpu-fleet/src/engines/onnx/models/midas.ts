/** MiDaS v2.1: RGB 0 … 1, a square of 256 (small) or 384 (large); the file itself applies ImageNet's mean and deviation. */
import type { Picture } from '../../builtin/picture.js';
import { colours, minMax, planeOf, type Plane, type Tensor } from '../tensor.js';

export function midasInput(square: Picture): Tensor {
  return colours(square, 1 / 255);
}

/** Nearness, 0 farthest, 1 nearest: the model's inverse depth has neither unit nor zero. */
export function nearness(output: Tensor): Plane {
  return minMax(planeOf(output));
}
