/** SAM 2 and 2.1 as samexporter splits them: the encoder sees a picture once, the decoder answers clicks. */
import type { Point } from '@atelier/contracts';
import type { Picture } from '../../builtin/picture.js';
import { mismatch } from '../graph.js';
import { colours, IMAGENET_MEAN, IMAGENET_STD, planeOf, resizePlane, tensor, type Plane, type Tensor } from '../tensor.js';

/** The picture is stretched to this square, without borders. */
export const SAM_SIDE = 1024;
const MASK_SIDE = 256;

export interface Embedding {
  highRes0: Tensor;
  highRes1: Tensor;
  image: Tensor;
  /** Of the picture, upright. */
  width: number;
  height: number;
}

/** @param square the picture at 1024 × 1024. */
export function encoderInput(square: Picture): Tensor {
  return colours(square, 1 / 255, IMAGENET_MEAN, IMAGENET_STD);
}

/** In the order of the recipe: embedding, features, points in the pixels of the square, labels, an empty earlier mask. */
export function decoderInput({ image, highRes0, highRes1, width, height }: Embedding, points: readonly Point[]): Tensor[] {
  return [
    image,
    highRes0,
    highRes1,
    tensor(
      [1, points.length, 2],
      points.flatMap(({ x, y }) => [(x / width) * SAM_SIDE, (y / height) * SAM_SIDE]),
    ),
    tensor(
      [1, points.length],
      points.map(({ label }) => label),
    ),
    tensor([1, 1, MASK_SIDE, MASK_SIDE]),
    tensor([1]),
  ];
}

/** The mask the model trusts most, at the size of the picture, 255 where its logit is above 0. */
export function bestMask(masks: Tensor, trust: Tensor, width: number, height: number, file: string): { mask: Uint8Array; score: number } {
  const count = masks.dims[1]!;
  if (trust.data.length !== count) throw mismatch(file, `it gives ${count} masks, but ${trust.data.length} scores`);
  let best = 0;
  for (let i = 1; i < count; i++) if (trust.data[i]! > trust.data[best]!) best = i;
  const logits: Plane = resizePlane(planeOf(masks, best), width, height);
  return { mask: Uint8Array.from(logits.data, (logit) => (logit > 0 ? 255 : 0)), score: trust.data[best]! };
}
