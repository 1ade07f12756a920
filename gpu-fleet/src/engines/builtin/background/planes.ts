/** Small filters on planes of floats, row by row. */

export interface Plane {
  width: number;
  height: number;
  data: Float32Array;
}

/** Mean over (2·radius + 1)², of the pixels that exist. */
export function boxMean({ width, height, data }: Plane, radius: number): Plane {
  const across = new Float32Array(data.length);
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++) runningMean(data, across, y * width, 1, width, radius);
  for (let x = 0; x < width; x++) runningMean(across, out, x, width, height, radius);
  return { width, height, data: out };
}

function runningMean(from: Float32Array, to: Float32Array, start: number, stride: number, count: number, radius: number): void {
  let sum = 0,
    inside = 0;
  for (let i = 0; i < Math.min(radius, count); i++, inside++) sum += from[start + i * stride]!;
  for (let i = 0; i < count; i++) {
    if (i + radius < count) {
      sum += from[start + (i + radius) * stride]!;
      inside++;
    }
    if (i - radius - 1 >= 0) {
      sum -= from[start + (i - radius - 1) * stride]!;
      inside--;
    }
    to[start + i * stride] = sum / inside;
  }
}

/** Bilinear, pixel centres aligned. */
export function scaled({ width, height, data }: Plane, toWidth: number, toHeight: number): Plane {
  const out = new Float32Array(toWidth * toHeight);
  for (let y = 0; y < toHeight; y++) {
    const sy = Math.min(height - 1, Math.max(0, ((y + 0.5) * height) / toHeight - 0.5));
    const y0 = Math.floor(sy),
      y1 = Math.min(height - 1, y0 + 1),
      fy = sy - y0;
    for (let x = 0; x < toWidth; x++) {
      const sx = Math.min(width - 1, Math.max(0, ((x + 0.5) * width) / toWidth - 0.5));
      const x0 = Math.floor(sx),
        x1 = Math.min(width - 1, x0 + 1),
        fx = sx - x0;
      const top = data[y0 * width + x0]! * (1 - fx) + data[y0 * width + x1]! * fx;
      const bottom = data[y1 * width + x0]! * (1 - fx) + data[y1 * width + x1]! * fx;
      out[y * toWidth + x] = top * (1 - fy) + bottom * fy;
    }
  }
  return { width: toWidth, height: toHeight, data: out };
}
