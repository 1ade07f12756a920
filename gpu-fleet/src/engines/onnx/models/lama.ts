/**
 * LaMa (big-lama) in its two exports: picture 0 … 1 and mask {0,1} beside it, sides a multiple of 8; or four channels, the picture blackened
 * where the mask is and the mask itself, sides a multiple of 32. The result is 0 … 1, in some exports 0 … 255.
 */
import type { Picture } from '../../builtin/picture.js';
import { colours, padTo, tensor, type Plane, type Tensor } from '../tensor.js';

export type LamaLayout = 'image and mask' | 'four channels';
const MULTIPLE: Record<LamaLayout, number> = { 'image and mask': 8, 'four channels': 32 };

/** @param mask 1 is to be made anew. */
export function lamaInput(layout: LamaLayout, picture: Picture, mask: Plane): Tensor[] {
  const image = colours(picture, 1 / 255);
  const holes = tensor([1, 1, mask.height, mask.width], mask.data);
  if (layout === 'image and mask') return [padTo(image, MULTIPLE[layout]), padTo(holes, MULTIPLE[layout])];
  const area = mask.width * mask.height;
  const four = tensor([1, 4, mask.height, mask.width]);
  for (let c = 0; c < 3; c++) for (let i = 0; i < area; i++) four.data[c * area + i] = image.data[c * area + i]! * (1 - mask.data[i]!);
  four.data.set(mask.data, 3 * area);
  return [padTo(four, MULTIPLE[layout])];
}

/**
 * The result in 0 … 1. Which range an export uses is not written in it, but outside the mask LaMa gives the picture back: there the two
 * ranges differ by 255.
 */
export function lamaOutput({ data, dims }: Tensor, picture: Picture, mask: Plane): Tensor {
  let shown = 0,
    given = 0;
  const width = dims[3]!,
    area = width * dims[2]!;
  for (let y = 0; y < mask.height; y++) {
    for (let x = 0; x < mask.width; x++) {
      const at = y * mask.width + x;
      if (mask.data[at]! > 0) continue;
      for (let c = 0; c < 3; c++) {
        given += picture.data[at * picture.channels + c]! / 255;
        shown += data[c * area + y * width + x]!;
      }
    }
  }
  const isBytes = given > 0 ? shown / given > 16 : data.some((value) => value > 2);
  return isBytes ? { dims, data: data.map((value) => value / 255) } : { dims, data };
}
