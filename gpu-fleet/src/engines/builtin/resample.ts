/**
 * Enlarging by ×2 or ×4 that halves back to what it came from: Lanczos-3 by phases, then iterative back-projection (Irani & Peleg
 * 1991): the enlarged picture is reduced again, and what it lacks of the original is added. Floats, one plane at a time.
 */

export interface Plane {
  width: number;
  height: number;
  data: Float32Array;
}

const LOBES = 3;

/** Kernel weights by phase: `factor` rows of 2·LOBES taps; row p serves output x = factor·i + p, its first tap at source i + start[p]. */
interface Phases {
  start: Int32Array;
  weights: Float32Array;
}

function lanczosPhases(factor: number): Phases {
  const taps = 2 * LOBES;
  const start = new Int32Array(factor);
  const weights = new Float32Array(factor * taps);
  for (let p = 0; p < factor; p++) {
    const centre = (p + 0.5) / factor - 0.5;
    start[p] = Math.floor(centre) - LOBES + 1;
    let sum = 0;
    for (let t = 0; t < taps; t++) sum += weights[p * taps + t] = lanczos(start[p]! + t - centre);
    for (let t = 0; t < taps; t++) weights[p * taps + t]! /= sum;
  }
  return { start, weights };
}

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= LOBES) return 0;
  const px = Math.PI * x;
  return (LOBES * Math.sin(px) * Math.sin(px / LOBES)) / (px * px);
}

const PHASES = { 2: lanczosPhases(2), 4: lanczosPhases(4) };

/** Lanczos-3; the edge pixels are repeated outwards. */
export function enlarge(plane: Plane, factor: 2 | 4): Plane {
  return transposed(enlargeRows(transposed(enlargeRows(plane, factor)), factor));
}

function enlargeRows({ width, height, data }: Plane, factor: 2 | 4): Plane {
  const { start, weights } = PHASES[factor];
  const taps = 2 * LOBES;
  const out = new Float32Array(width * factor * height);
  const row = new Float32Array(width + 4 * LOBES);
  for (let y = 0; y < height; y++) {
    const pad = 2 * LOBES;
    row.fill(data[y * width]!, 0, pad);
    row.set(data.subarray(y * width, (y + 1) * width), pad);
    row.fill(data[(y + 1) * width - 1]!, pad + width);
    let o = y * width * factor;
    for (let i = 0; i < width; i++) {
      for (let p = 0; p < factor; p++) {
        const from = i + pad + start[p]!;
        let sum = 0;
        for (let t = 0; t < taps; t++) sum += row[from + t]! * weights[p * taps + t]!;
        out[o++] = sum;
      }
    }
  }
  return { width: width * factor, height, data: out };
}

function transposed({ width, height, data }: Plane): Plane {
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[x * height + y] = data[y * width + x]!;
  return { width: height, height: width, data: out };
}

/** Mean of each factor × factor block: the exact inverse that back-projection aims at. */
export function reduce({ width, height, data }: Plane, factor: number): Plane {
  const w = width / factor,
    h = height / factor;
  const out = new Float32Array(w * h);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) out[Math.floor(y / factor) * w + Math.floor(x / factor)]! += data[y * width + x]!;
  for (let i = 0; i < out.length; i++) out[i]! /= factor * factor;
  return { width: w, height: h, data: out };
}

/** Adds to `large`, in place, what it lacks of `small` after reduction; values stay within 0 … `most`. */
export function backProject(large: Plane, small: Plane, factor: 2 | 4, rounds: number, most: number): void {
  for (let round = 0; round < rounds; round++) {
    const lack = reduce(large, factor);
    for (let i = 0; i < lack.data.length; i++) lack.data[i] = small.data[i]! - lack.data[i]!;
    const correction = enlarge(lack, factor);
    for (let i = 0; i < large.data.length; i++) large.data[i] = Math.min(most, Math.max(0, large.data[i]! + correction.data[i]!));
  }
}

/** Steepens edges without halos: an unsharp mask held within the least and most of each pixel's neighbourhood `reach` away. */
export function steepen({ width, height, data }: Plane, reach: number, amount: number): void {
  const source = data.slice();
  for (let y = 0; y < height; y++) {
    const above = Math.max(0, y - reach) * width,
      here = y * width,
      below = Math.min(height - 1, y + reach) * width;
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - reach),
        right = Math.min(width - 1, x + reach);
      const a = source[above + x]!,
        b = source[below + x]!,
        c = source[here + left]!,
        d = source[here + right]!;
      const e = source[above + left]!,
        f = source[above + right]!,
        g = source[below + left]!,
        h = source[below + right]!;
      const value = source[here + x]!;
      const sharpened = value + amount * (value - (2 * (a + b + c + d) + e + f + g + h) / 12);
      data[here + x] = Math.min(Math.max(value, a, b, c, d, e, f, g, h), Math.max(Math.min(value, a, b, c, d, e, f, g, h), sharpened));
    }
  }
}
