/** GFPGAN and CodeFormer: a face of 512², aligned as FFHQ aligns it, −1 … 1 in and out. */
import type { Picture } from '../../builtin/picture.js';
import { colours, sample, type Plane, type Tensor } from '../tensor.js';

export const FACE_SIDE = 512;
export type Spot = readonly [x: number, y: number];
/** Where FFHQ's 512² crop has the eyes, the tip of the nose and the corners of the mouth. */
export const FFHQ_TEMPLATE: readonly Spot[] = [
  [192.98138, 239.94708],
  [318.90277, 240.1936],
  [256.63416, 314.01935],
  [201.26117, 371.41043],
  [313.08905, 371.15118],
];

/** From the picture to the crop: x' = a·x − b·y + tx, y' = b·x + a·y + ty (turn, scale, shift). */
export interface Similarity {
  a: number;
  b: number;
  tx: number;
  ty: number;
}

/** Least squares over pairs of spots (Umeyama 1991, two dimensions, no mirroring). */
export function similarity(from: readonly Spot[], to: readonly Spot[]): Similarity {
  const mean = (spots: readonly Spot[], i: 0 | 1): number => spots.reduce((sum, spot) => sum + spot[i], 0) / spots.length;
  const [fx, fy, gx, gy] = [mean(from, 0), mean(from, 1), mean(to, 0), mean(to, 1)];
  let dot = 0,
    cross = 0,
    norm = 0;
  for (const [i, [x, y]] of from.entries()) {
    const [u, v] = [x - fx, y - fy];
    const [p, q] = [to[i]![0] - gx, to[i]![1] - gy];
    dot += u * p + v * q;
    cross += u * q - v * p;
    norm += u * u + v * v;
  }
  const a = dot / norm,
    b = cross / norm;
  return { a, b, tx: gx - (a * fx - b * fy), ty: gy - (b * fx + a * fy) };
}

/** The largest square in the middle. */
export function centred(width: number, height: number): Similarity {
  const side = Math.min(width, height);
  const a = FACE_SIDE / side;
  return { a, b: 0, tx: -a * ((width - side) / 2), ty: -a * ((height - side) / 2) };
}

/** The picture's face as 512² RGB, bilinear; where the crop reaches beyond the picture its edge goes on. */
export function cropFace(picture: Picture, { a, b, tx, ty }: Similarity): Picture {
  const norm = a * a + b * b;
  const data = new Uint8Array(FACE_SIDE * FACE_SIDE * 3);
  for (let v = 0; v < FACE_SIDE; v++) {
    for (let u = 0; u < FACE_SIDE; u++) {
      const p = u + 0.5 - tx,
        q = v + 0.5 - ty;
      const x = (a * p + b * q) / norm - 0.5,
        y = (a * q - b * p) / norm - 0.5;
      for (let c = 0; c < 3; c++) data[(v * FACE_SIDE + u) * 3 + c] = Math.round(byteAt(picture, x, y, c));
    }
  }
  return { width: FACE_SIDE, height: FACE_SIDE, channels: 3, data };
}

export function faceInput(face: Picture): Tensor {
  return colours(face, 1 / 255, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);
}

/** Within this many pixels of the crop's border the restored face fades into the picture. */
const FEATHER = 48;

/** Writes the restored face into `picture`, `share` of it; pixels outside the crop are not touched. */
export function pasteFace(picture: Picture, restored: Tensor, { a, b, tx, ty }: Similarity, share: number): void {
  const planes: Plane[] = [0, 1, 2].map((c) => ({
    width: FACE_SIDE,
    height: FACE_SIDE,
    data: restored.data.subarray(c * FACE_SIDE * FACE_SIDE, (c + 1) * FACE_SIDE * FACE_SIDE),
  }));
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const u = a * (x + 0.5) - b * (y + 0.5) + tx,
        v = b * (x + 0.5) + a * (y + 0.5) + ty;
      const weight = share * Math.min(1, Math.max(0, Math.min(u, v, FACE_SIDE - u, FACE_SIDE - v) / FEATHER));
      if (weight <= 0) continue;
      const at = (y * picture.width + x) * picture.channels;
      for (let c = 0; c < 3; c++) {
        const value = Math.min(255, Math.max(0, (sample(planes[c]!, u - 0.5, v - 0.5) + 1) * 127.5));
        picture.data[at + c] = Math.round(picture.data[at + c]! * (1 - weight) + value * weight);
      }
    }
  }
}

function byteAt({ width, height, channels, data }: Picture, x: number, y: number, c: number): number {
  const cx = Math.min(width - 1, Math.max(0, x)),
    cy = Math.min(height - 1, Math.max(0, y));
  const x0 = Math.floor(cx),
    y0 = Math.floor(cy);
  const x1 = Math.min(width - 1, x0 + 1),
    y1 = Math.min(height - 1, y0 + 1);
  const at = (px: number, py: number): number => data[(py * width + px) * channels + c]!;
  const top = at(x0, y0) * (1 - cx + x0) + at(x1, y0) * (cx - x0);
  return top * (1 - cy + y0) + (at(x0, y1) * (1 - cx + x0) + at(x1, y1) * (cx - x0)) * (cy - y0);
}
