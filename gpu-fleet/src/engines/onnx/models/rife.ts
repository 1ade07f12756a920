/** RIFE 4: two frames 0 … 1 and a time between them, sides a multiple of 64 (what its coarsest level needs). */
import { bytesOf, colours, padTo, tensor, type Tensor } from '../tensor.js';

const MULTIPLE = 64;

export function frameInput(rgb: Uint8Array, width: number, height: number): Tensor {
  return padTo(colours({ width, height, channels: 3, data: rgb }, 1 / 255), MULTIPLE);
}

export const timeInput = (time: number): Tensor => tensor([1], [time]);

export function frameOutput(output: Tensor, width: number, height: number): Uint8Array {
  return bytesOf(output, width, height);
}
