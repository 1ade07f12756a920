/**
 * SLIC superpixels (Achanta et al. 2012): k-means in colour and place, each centre looking only at its neighbourhood, then
 * fragments joined to a neighbour so that each superpixel is one connected piece.
 */

export interface Superpixels {
  count: number;
  /** Superpixel of each pixel. */
  labels: Int32Array;
  /** Mean L, a, b (3 a superpixel). */
  colour: Float32Array;
  /** Mean x, y as a share of width and height (2 a superpixel). */
  place: Float32Array;
  /** Pixels in each. */
  area: Float32Array;
  /** Touching superpixels of each. */
  neighbours: number[][];
  /** 1 where a superpixel touches the picture's border. */
  onBorder: Uint8Array;
}

const ROUNDS = 6;

export function superpixelsOf(lab: Float32Array, width: number, height: number, wanted: number, compactness = 16): Superpixels {
  const step = Math.max(4, Math.sqrt((width * height) / wanted));
  const columns = Math.max(2, Math.round(width / step));
  const rows = Math.max(2, Math.round(height / step));
  const centres = startingCentres(lab, width, height, columns, rows);
  const labels = new Int32Array(width * height);
  const weight = (compactness / step) ** 2;
  for (let round = 0; round < ROUNDS; round++) {
    assign(lab, width, height, centres, labels, step, weight);
    recentre(lab, width, height, centres, labels);
  }
  const count = connect(labels, width, height, (step * step) / 4);
  return describe(lab, labels, width, height, count);
}

function startingCentres(lab: Float32Array, width: number, height: number, columns: number, rows: number): Float32Array {
  const centres = new Float32Array(columns * rows * 5);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const x = Math.min(width - 1, Math.floor(((c + 0.5) * width) / columns));
      const y = Math.min(height - 1, Math.floor(((r + 0.5) * height) / rows));
      const p = (y * width + x) * 3;
      centres.set([lab[p]!, lab[p + 1]!, lab[p + 2]!, x, y], (r * columns + c) * 5);
    }
  }
  return centres;
}

function assign(lab: Float32Array, width: number, height: number, centres: Float32Array, labels: Int32Array, step: number, weight: number): void {
  const best = new Float32Array(width * height).fill(Infinity);
  const reach = Math.ceil(step);
  for (let k = 0; k * 5 < centres.length; k++) {
    const l = centres[k * 5]!,
      a = centres[k * 5 + 1]!,
      b = centres[k * 5 + 2]!,
      cx = centres[k * 5 + 3]!,
      cy = centres[k * 5 + 4]!;
    const x0 = Math.max(0, Math.floor(cx) - reach),
      x1 = Math.min(width - 1, Math.ceil(cx) + reach);
    const y0 = Math.max(0, Math.floor(cy) - reach),
      y1 = Math.min(height - 1, Math.ceil(cy) + reach);
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const i = y * width + x;
        const dl = lab[i * 3]! - l,
          da = lab[i * 3 + 1]! - a,
          db = lab[i * 3 + 2]! - b;
        const distance = dl * dl + da * da + db * db + weight * ((x - cx) * (x - cx) + (y - cy) * (y - cy));
        if (distance < best[i]!) {
          best[i] = distance;
          labels[i] = k;
        }
      }
    }
  }
}

function recentre(lab: Float32Array, width: number, height: number, centres: Float32Array, labels: Int32Array): void {
  const sums = new Float64Array((centres.length / 5) * 6);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const s = labels[i]! * 6;
      sums[s]! += lab[i * 3]!;
      sums[s + 1]! += lab[i * 3 + 1]!;
      sums[s + 2]! += lab[i * 3 + 2]!;
      sums[s + 3]! += x;
      sums[s + 4]! += y;
      sums[s + 5]!++;
    }
  }
  for (let k = 0; k * 5 < centres.length; k++) {
    const n = sums[k * 6 + 5]!;
    if (n > 0) for (let j = 0; j < 5; j++) centres[k * 5 + j] = sums[k * 6 + j]! / n;
  }
}

/** Renames connected pieces 0…n−1; a piece below `smallest` pixels takes the name of the piece found just before beside it. */
function connect(labels: Int32Array, width: number, height: number, smallest: number): number {
  const source = labels.slice();
  const queue = new Int32Array(labels.length);
  labels.fill(-1);
  let count = 0;
  for (let start = 0; start < source.length; start++) {
    if (labels[start] !== -1) continue;
    let head = 0,
      tail = 0,
      beside = -1;
    queue[tail++] = start;
    labels[start] = count;
    while (head < tail) {
      const i = queue[head++]!;
      const x = i % width;
      for (const j of [x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1, i - width, i + width]) {
        if (j < 0 || j >= source.length) continue;
        if (labels[j] === -1 && source[j] === source[start]) {
          labels[j] = count;
          queue[tail++] = j;
        } else if (labels[j] !== -1 && labels[j] !== count) beside = labels[j]!;
      }
    }
    if (tail < smallest && beside >= 0) for (let q = 0; q < tail; q++) labels[queue[q]!] = beside;
    else count++;
  }
  return count;
}

function describe(lab: Float32Array, labels: Int32Array, width: number, height: number, count: number): Superpixels {
  const colour = new Float32Array(count * 3),
    place = new Float32Array(count * 2),
    area = new Float32Array(count);
  const onBorder = new Uint8Array(count);
  const touching = Array.from({ length: count }, () => new Set<number>());
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const k = labels[i]!;
      area[k]!++;
      for (let j = 0; j < 3; j++) colour[k * 3 + j]! += lab[i * 3 + j]!;
      place[k * 2]! += x / width;
      place[k * 2 + 1]! += y / height;
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) onBorder[k] = 1;
      for (const j of [x < width - 1 ? i + 1 : i, y < height - 1 ? i + width : i]) {
        const other = labels[j]!;
        if (other !== k) {
          touching[k]!.add(other);
          touching[other]!.add(k);
        }
      }
    }
  }
  for (let k = 0; k < count; k++) {
    for (let j = 0; j < 3; j++) colour[k * 3 + j]! /= area[k]!;
    for (let j = 0; j < 2; j++) place[k * 2 + j]! /= area[k]!;
  }
  return { count, labels, colour, place, area, onBorder, neighbours: touching.map((set) => [...set]) };
}
