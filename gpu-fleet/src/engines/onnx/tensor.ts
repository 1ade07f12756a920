/** Numbers in rows: what goes into a graph and comes out of it, and the steps between pixels and tensors that several models share. */
import type { Picture } from '../builtin/picture.js';
import type { Plane } from '../builtin/resample.js';

export type { Plane };

export interface Tensor {
  data: Float32Array;
  dims: readonly number[];
}

export type Triple = readonly [number, number, number];
export const IMAGENET_MEAN: Triple = [0.485, 0.456, 0.406];
export const IMAGENET_STD: Triple = [0.229, 0.224, 0.225];
const ZERO: Triple = [0, 0, 0];
const ONE: Triple = [1, 1, 1];

export function tensor(dims: readonly number[], data?: Float32Array | readonly number[]): Tensor {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return { dims, data: data ? Float32Array.from(data) : new Float32Array(size) };
}

/** Colours as [1,3,H,W]: `(byte × scale − mean) ÷ std`; alpha is left out. */
export function colours({ width, height, channels, data }: Picture, scale: number, mean: Triple = ZERO, std: Triple = ONE): Tensor {
  const area = width * height;
  const out = new Float32Array(3 * area);
  for (let c = 0; c < 3; c++) for (let i = 0, from = c; i < area; i++, from += channels) out[c * area + i] = (data[from]! * scale - mean[c]!) / std[c]!;
  return { data: out, dims: [1, 3, height, width] };
}

/** `1 ÷ the brightest byte`, as rembg scales; 1 for black. */
export function scaleOfBrightest({ channels, data }: Picture): number {
  let most = 0;
  for (let i = 0; i < data.length; i++) if (channels === 3 || i % 4 !== 3) most = Math.max(most, data[i]!);
  return most === 0 ? 1 : 1 / most;
}

/** Channel `index` of the first of a [N,C,H,W], [N,H,W] or [H,W]. */
export function planeOf({ data, dims }: Tensor, index = 0): Plane {
  const height = dims.at(-2)!,
    width = dims.at(-1)!;
  return { width, height, data: data.subarray(index * width * height, (index + 1) * width * height) };
}

/** Least becomes 0, most becomes 1; an even plane becomes 0. */
export function minMax({ width, height, data }: Plane): Plane {
  let least = Infinity,
    most = -Infinity;
  for (const value of data) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const span = most - least;
  return { width, height, data: data.map((value) => (span > 0 ? (value - least) / span : 0)) };
}

export function clamped({ width, height, data }: Plane): Plane {
  return { width, height, data: data.map((value) => Math.min(1, Math.max(0, value))) };
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** 0 … 1 to a byte. */
export const byteOf = (value: number): number => (value <= 0 ? 0 : value >= 1 ? 255 : Math.round(value * 255));

/** Bilinear, centres aligned; for enlarging and for small changes. */
export function resizePlane(plane: Plane, width: number, height: number): Plane {
  if (plane.width === width && plane.height === height) return plane;
  const out = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const sy = ((y + 0.5) * plane.height) / height - 0.5;
    for (let x = 0; x < width; x++) out[y * width + x] = sample(plane, ((x + 0.5) * plane.width) / width - 0.5, sy);
  }
  return { width, height, data: out };
}

/** Bilinear value at a place given in pixel centres; the edge pixels go on outwards. */
export function sample({ width, height, data }: Plane, x: number, y: number): number {
  const cx = Math.min(width - 1, Math.max(0, x)),
    cy = Math.min(height - 1, Math.max(0, y));
  const x0 = Math.floor(cx),
    y0 = Math.floor(cy);
  const x1 = Math.min(width - 1, x0 + 1),
    y1 = Math.min(height - 1, y0 + 1);
  const fx = cx - x0,
    fy = cy - y0;
  const top = data[y0 * width + x0]! * (1 - fx) + data[y0 * width + x1]! * fx;
  return top * (1 - fy) + (data[y1 * width + x0]! * (1 - fx) + data[y1 * width + x1]! * fx) * fy;
}

/** To the right and below, up to multiples of `multiple`, by repeating the last column and row. */
export function padTo({ data, dims }: Tensor, multiple: number): Tensor {
  const [n, channels, height, width] = dims as [number, number, number, number];
  const h = Math.ceil(height / multiple) * multiple,
    w = Math.ceil(width / multiple) * multiple;
  if (h === height && w === width) return { data, dims };
  const out = new Float32Array(n * channels * h * w);
  for (let c = 0; c < n * channels; c++) {
    for (let y = 0; y < h; y++) {
      const from = c * height * width + Math.min(y, height - 1) * width;
      const to = (c * h + y) * w;
      out.set(data.subarray(from, from + width), to);
      out.fill(data[from + width - 1]!, to + width, to + w);
    }
  }
  return { data: out, dims: [n, channels, h, w] };
}

/** Interleaved RGB bytes of the top left `width` × `height` of a [1,3,H,W] of values 0 … 1. */
export function bytesOf({ data, dims }: Tensor, width: number, height: number, out = new Uint8Array(width * height * 3)): Uint8Array {
  const h = dims[2]!,
    w = dims[3]!;
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[(y * width + x) * 3 + c] = byteOf(data[(c * h + y) * w + x]!);
  return out;
}
