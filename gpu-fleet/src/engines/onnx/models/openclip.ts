/** OpenCLIP's image encoder (ViT-B-32): the middle square of 224, CLIP's own mean and deviation; a direction of length 1. */
import type { Picture } from '../../builtin/picture.js';
import { colours, type Tensor } from '../tensor.js';

export const CLIP_SIDE = 224;
const MEAN = [0.48145466, 0.4578275, 0.40821073] as const;
const STD = [0.26862954, 0.26130258, 0.27577711] as const;

/** @param square the picture, covering 224² (bicubic) and cut to its middle. */
export function clipInput(square: Picture): Tensor {
  return colours(square, 1 / 255, MEAN, STD);
}

export function direction({ data }: Tensor): Float32Array {
  const length = Math.hypot(...data);
  return length > 0 ? data.map((value) => value / length) : data.slice();
}
