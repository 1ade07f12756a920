/** Real-ESRGAN (RRDBNet): RGB 0 … 1 in, the same enlarged out. */
import type { OnnxRecipe } from '@atelier/contracts';
import { mismatch } from '../graph.js';
import type { Tensor } from '../tensor.js';

export const SCALE_OF: Partial<Record<OnnxRecipe, 2 | 4>> = { 'realesrgan-x2': 2, 'realesrgan-x4': 4, 'realesrgan-anime': 4 };

/** @throws EngineFault when the graph enlarges by another factor than its recipe says. */
export function checkScale(output: Tensor, tileWidth: number, tileHeight: number, scale: number, file: string): void {
  const [height, width] = output.dims.slice(-2);
  if (height !== tileHeight * scale || width !== tileWidth * scale)
    throw mismatch(file, `it made ${width}×${height} of ${tileWidth}×${tileHeight}, which is not ×${scale}`);
}

/** Mean of each 2 × 2 block: a ×4 result as ×2. */
export function halved({ data, dims }: Tensor): Tensor {
  const [n, channels, height, width] = dims as [number, number, number, number];
  const h = height / 2,
    w = width / 2;
  const out = new Float32Array(n * channels * h * w);
  for (let c = 0; c < n * channels; c++) {
    for (let y = 0; y < h; y++) {
      const above = c * height * width + 2 * y * width,
        below = above + width;
      for (let x = 0; x < w; x++)
        out[(c * h + y) * w + x] = (data[above + 2 * x]! + data[above + 2 * x + 1]! + data[below + 2 * x]! + data[below + 2 * x + 1]!) / 4;
    }
  }
  return { data: out, dims: [n, channels, h, w] };
}
