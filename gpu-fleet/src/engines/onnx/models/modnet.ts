/** MODNet, portraits: the shorter side 512 where the picture is wholly larger or smaller, both sides multiples of 32; (x − 127.5) ÷ 127.5. */
import { clamped, colours, planeOf } from '../tensor.js';
import type { Matting } from './matting.js';

const SIDE = 512;
const MULTIPLE = 32;

export const modnet: Matting = {
  sizeFor(width, height) {
    const isFar = Math.max(width, height) < SIDE || Math.min(width, height) > SIDE;
    const scale = isFar ? SIDE / Math.min(width, height) : 1;
    const fit = (side: number): number => Math.max(MULTIPLE, Math.floor((side * scale) / MULTIPLE) * MULTIPLE);
    return { width: fit(width), height: fit(height) };
  },
  before: (resized) => colours(resized, 1 / 127.5, [1, 1, 1]),
  after: (output) => clamped(planeOf(output)),
};
