/** How things move from one frame to the next: blocks of brightness looked for nearby, on a small copy, smoothed over neighbours. */
import { boxMean, type Plane } from '../background/planes.js';
import { brightness } from '../masks.js';

const BLOCK = 8;
/** Farthest a block is looked for, in pixels of the copy. */
const REACH = 12;
/** Longer side of the copy on which motion is found. */
const SIDE = 320;

/** Displacement of every pixel of a copy of `width` × `height`, in shares of the frame's width and height. */
export interface Motion {
  width: number;
  height: number;
  x: Float32Array;
  y: Float32Array;
}

/** A frame's brightness on the copy, 0 … 255, by area means. */
export function copyOf(rgb: Uint8Array, width: number, height: number): Plane {
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const w = Math.max(BLOCK, Math.round(width * scale)),
    h = Math.max(BLOCK, Math.round(height * scale));
  const sum = new Float32Array(w * h),
    count = new Float32Array(w * h);
  for (let y = 0; y < height; y++) {
    const row = Math.min(h - 1, Math.floor((y * h) / height)) * w;
    for (let x = 0; x < width; x++) {
      const to = row + Math.min(w - 1, Math.floor((x * w) / width));
      sum[to]! += brightness(rgb, (y * width + x) * 3);
      count[to]!++;
    }
  }
  // A frame smaller than a block leaves places empty: they take what lies before them.
  for (let i = 0; i < sum.length; i++) sum[i] = count[i] ? sum[i]! / count[i]! : (sum[i - 1] ?? 0);
  return { width: w, height: h, data: sum };
}

/** Where what is at each place of `from` has gone to in `to`. */
export function motionOf(from: Plane, to: Plane): Motion {
  const { width, height } = from;
  const columns = Math.ceil(width / BLOCK),
    rows = Math.ceil(height / BLOCK);
  const dx = new Float32Array(columns * rows),
    dy = new Float32Array(columns * rows);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const k = r * columns + c;
      const guesses = [[0, 0], c > 0 ? [dx[k - 1]!, dy[k - 1]!] : [0, 0], r > 0 ? [dx[k - columns]!, dy[k - columns]!] : [0, 0]] as [number, number][];
      [dx[k], dy[k]] = find(from, to, c * BLOCK, r * BLOCK, guesses);
    }
  return spread(medians(dx, columns, rows), medians(dy, columns, rows), columns, rows, width, height);
}

/** The best of the guesses, then of everything near it in ever smaller steps, a long way paying a little. */
function find(from: Plane, to: Plane, left: number, top: number, guesses: readonly [number, number][]): [number, number] {
  let best: [number, number] = [0, 0],
    least = Infinity;
  const consider = (x: number, y: number): void => {
    if (Math.abs(x) > REACH || Math.abs(y) > REACH) return;
    const cost = difference(from, to, left, top, x, y) + 0.15 * (Math.abs(x) + Math.abs(y));
    if (cost < least) [best, least] = [[x, y], cost];
  };
  for (const [x, y] of guesses) consider(Math.round(x), Math.round(y));
  for (let y = -REACH; y <= REACH; y += 3) for (let x = -REACH; x <= REACH; x += 3) consider(x, y);
  for (const step of [2, 1, 1]) {
    const [x, y] = best;
    for (let v = -step; v <= step; v++) for (let u = -step; u <= step; u++) consider(x + u, y + v);
  }
  return best;
}

/** Mean absolute difference of a block and a margin around it. */
function difference(from: Plane, to: Plane, left: number, top: number, dx: number, dy: number): number {
  const { width, height } = from;
  const margin = BLOCK / 2;
  let sum = 0,
    count = 0;
  for (let y = Math.max(0, top - margin); y < Math.min(height, top + BLOCK + margin); y += 2) {
    const ty = Math.min(height - 1, Math.max(0, y + dy));
    for (let x = Math.max(0, left - margin); x < Math.min(width, left + BLOCK + margin); x += 2) {
      const tx = Math.min(width - 1, Math.max(0, x + dx));
      sum += Math.abs(from.data[y * width + x]! - to.data[ty * width + tx]!);
      count++;
    }
  }
  return sum / count;
}

/** Of each block and its eight neighbours, so that single errors go. */
function medians(values: Float32Array, columns: number, rows: number): Float32Array {
  return values.map((_, k) => {
    const c = k % columns,
      r = Math.floor(k / columns);
    const near: number[] = [];
    for (let y = Math.max(0, r - 1); y <= Math.min(rows - 1, r + 1); y++)
      for (let x = Math.max(0, c - 1); x <= Math.min(columns - 1, c + 1); x++) near.push(values[y * columns + x]!);
    return near.sort((a, b) => a - b)[near.length >> 1]!;
  });
}

function spread(dx: Float32Array, dy: Float32Array, columns: number, rows: number, width: number, height: number): Motion {
  const x = new Float32Array(width * height),
    y = new Float32Array(width * height);
  for (let i = 0; i < x.length; i++) {
    const k = Math.min(rows - 1, Math.floor(Math.floor(i / width) / BLOCK)) * columns + Math.min(columns - 1, Math.floor((i % width) / BLOCK));
    x[i] = dx[k]! / width;
    y[i] = dy[k]! / height;
  }
  const soft = (data: Float32Array): Float32Array => boxMean({ width, height, data }, BLOCK / 4).data;
  return { width, height, x: soft(x), y: soft(y) };
}

/** The frame that lies at `time` (0 … 1) between two, each moved towards the other and both mixed. */
export function between(before: Uint8Array, after: Uint8Array, time: number, width: number, height: number, forward: Motion, back: Motion): Uint8Array {
  const out = new Uint8Array(before.length);
  for (let y = 0; y < height; y++) {
    const row = Math.min(forward.height - 1, Math.floor((y * forward.height) / height)) * forward.width;
    for (let x = 0; x < width; x++) {
      const at = row + Math.min(forward.width - 1, Math.floor((x * forward.width) / width));
      const to = (y * width + x) * 3;
      const a = placeAt(x - forward.x[at]! * time * width, y - forward.y[at]! * time * height, width, height);
      const b = placeAt(x - back.x[at]! * (1 - time) * width, y - back.y[at]! * (1 - time) * height, width, height);
      for (let c = 0; c < 3; c++) out[to + c] = before[a + c]! * (1 - time) + after[b + c]! * time;
    }
  }
  return out;
}

const placeAt = (x: number, y: number, width: number, height: number): number =>
  (Math.min(height - 1, Math.max(0, Math.round(y))) * width + Math.min(width - 1, Math.max(0, Math.round(x)))) * 3;
