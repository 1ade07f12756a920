/**
 * A mask: one byte a pixel, 255 is chosen. Pure, so that what the hand does can be proven without a browser. Functions that change a mask
 * return the part they touched; its former bytes are kept by `History` and make every stroke undoable at the cost of its own area.
 */
export interface Bitmap {
  width: number;
  height: number;
  data: Uint8Array;
}
export interface Place {
  x: number;
  y: number;
}
export interface Box {
  left: number;
  top: number;
  /** Exclusive. */
  right: number;
  bottom: number;
}

export const blank = (width: number, height: number): Bitmap => ({ width, height, data: new Uint8Array(width * height) });
export const wholeOf = ({ width, height }: Bitmap): Box => ({ left: 0, top: 0, right: width, bottom: height });

function clip({ width, height }: Bitmap, box: Box): Box {
  return {
    left: Math.max(0, Math.min(width, Math.floor(box.left))),
    top: Math.max(0, Math.min(height, Math.floor(box.top))),
    right: Math.max(0, Math.min(width, Math.ceil(box.right))),
    bottom: Math.max(0, Math.min(height, Math.ceil(box.bottom))),
  };
}

export function join(a: Box | null, b: Box): Box {
  if (!a) return b;
  return { left: Math.min(a.left, b.left), top: Math.min(a.top, b.top), right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom) };
}

/** Paints a capsule from one place to the next with a one-pixel soft edge; the brush may leave the picture and come back. */
export function stroke(mask: Bitmap, from: Place, to: Place, radius: number, value: 0 | 255): Box {
  const reach = radius + 1;
  const box = clip(mask, {
    left: Math.min(from.x, to.x) - reach,
    top: Math.min(from.y, to.y) - reach,
    right: Math.max(from.x, to.x) + reach,
    bottom: Math.max(from.y, to.y) + reach,
  });
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  for (let y = box.top; y < box.bottom; y += 1) {
    for (let x = box.left; x < box.right; x += 1) {
      const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
      const t = length === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / length));
      const cover = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(px - t * dx, py - t * dy)));
      if (cover === 0) continue;
      const at = y * mask.width + x;
      const paint = Math.round(cover * 255);
      mask.data[at] = value === 255 ? Math.max(mask.data[at]!, paint) : Math.min(mask.data[at]!, 255 - paint);
    }
  }
  return box;
}

/** Fills what a closed line surrounds, by the even-odd rule at the centres of the pixels. */
export function fill(mask: Bitmap, line: readonly Place[], value: 0 | 255): Box {
  const xs = line.map(({ x }) => x);
  const ys = line.map(({ y }) => y);
  const box = clip(mask, { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) });
  for (let y = box.top; y < box.bottom; y += 1) {
    const crossings = crossingsAt(line, y + 0.5);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(box.left, Math.ceil(crossings[i]! - 0.5));
      const to = Math.min(box.right, Math.ceil(crossings[i + 1]! - 0.5));
      if (to > from) mask.data.fill(value, y * mask.width + from, y * mask.width + to);
    }
  }
  return box;
}

function crossingsAt(line: readonly Place[], y: number): number[] {
  const found: number[] = [];
  for (const [index, a] of line.entries()) {
    const b = line[(index + 1) % line.length]!;
    if (a.y <= y !== b.y <= y) found.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
  }
  return found.sort((p, q) => p - q);
}

export function invert(mask: Bitmap): void {
  for (let i = 0; i < mask.data.length; i += 1) mask.data[i] = 255 - mask.data[i]!;
}

/** Puts another mask of the same size in: added, taken away, or in its place. */
export function combine(mask: Bitmap, other: Bitmap, how: 'add' | 'subtract' | 'replace'): void {
  for (let i = 0; i < mask.data.length; i += 1) {
    const [mine, theirs] = [mask.data[i]!, other.data[i]!];
    mask.data[i] = how === 'replace' ? theirs : how === 'add' ? Math.max(mine, theirs) : Math.min(mine, 255 - theirs);
  }
}

/** Grows the mask by so many pixels, or shrinks it by a negative number: every pixel within that Euclidean distance. The edge becomes hard. */
export function grow(mask: Bitmap, pixels: number): void {
  const outward = pixels > 0;
  const distances = squaredDistances(mask, (byte) => byte >= 128 === outward);
  const limit = pixels * pixels;
  for (let i = 0; i < mask.data.length; i += 1) mask.data[i] = distances[i]! <= limit === outward ? 255 : 0;
}

/** Squared distance of each pixel to the nearest that `counts`: two passes of the lower envelope of parabolas (Felzenszwalb, Huttenlocher). */
function squaredDistances({ width, height, data }: Bitmap, counts: (byte: number) => boolean): Float64Array {
  const far = (width + height) ** 2;
  const distance = new Float64Array(data.length);
  for (let i = 0; i < data.length; i += 1) distance[i] = counts(data[i]!) ? 0 : far;
  for (let x = 0; x < width; x += 1) envelope(distance, x, width, height);
  for (let y = 0; y < height; y += 1) envelope(distance, y * width, 1, width);
  return distance;
}

function envelope(values: Float64Array, start: number, stride: number, count: number): void {
  const f = Float64Array.from({ length: count }, (_, i) => values[start + i * stride]!);
  const centre = new Int32Array(count);
  const border = new Float64Array(count + 1);
  const meet = (q: number, p: number): number => (f[q]! + q * q - (f[p]! + p * p)) / (2 * q - 2 * p);
  let last = 0;
  border[0] = -Infinity;
  border[1] = Infinity;
  for (let q = 1; q < count; q += 1) {
    let s = meet(q, centre[last]!);
    while (s <= border[last]!) {
      last -= 1;
      s = meet(q, centre[last]!);
    }
    last += 1;
    centre[last] = q;
    border[last] = s;
    border[last + 1] = Infinity;
  }
  let k = 0;
  for (let q = 0; q < count; q += 1) {
    while (border[k + 1]! < q) k += 1;
    values[start + q * stride] = (q - centre[k]!) ** 2 + f[centre[k]!]!;
  }
}

/** Softens the edge over about so many pixels to either side: three box blurs, which is close to a Gaussian. */
export function feather(mask: Bitmap, pixels: number): void {
  const radius = Math.max(1, Math.round(pixels / 2));
  for (let pass = 0; pass < 3; pass += 1) {
    for (let y = 0; y < mask.height; y += 1) blurLine(mask.data, y * mask.width, 1, mask.width, radius);
    for (let x = 0; x < mask.width; x += 1) blurLine(mask.data, x, mask.width, mask.height, radius);
  }
}

/** The mean over 2·radius + 1 pixels; beyond the border the last pixel goes on, so that a mask at the edge of the picture keeps it. */
function blurLine(data: Uint8Array, start: number, stride: number, count: number, radius: number): void {
  const line = Uint8Array.from({ length: count }, (_, i) => data[start + i * stride]!);
  const at = (i: number): number => line[Math.max(0, Math.min(count - 1, i))]!;
  let sum = 0;
  for (let i = -radius; i <= radius; i += 1) sum += at(i);
  for (let i = 0; i < count; i += 1) {
    data[start + i * stride] = Math.round(sum / (2 * radius + 1));
    sum += at(i + radius + 1) - at(i - radius);
  }
}

/** Share of the picture that is chosen, 0 to 1. */
export function covered({ data }: Bitmap): number {
  let sum = 0;
  for (const byte of data) sum += byte;
  return data.length === 0 ? 0 : sum / (255 * data.length);
}

export function cut({ width, data }: Bitmap, { left, top, right, bottom }: Box): Uint8Array {
  const part = new Uint8Array(Math.max(0, right - left) * Math.max(0, bottom - top));
  for (let y = top; y < bottom; y += 1) part.set(data.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  return part;
}

export function paste({ width, data }: Bitmap, { left, top, right, bottom }: Box, part: Uint8Array): void {
  const row = right - left;
  for (let y = top; y < bottom; y += 1) data.set(part.subarray((y - top) * row, (y - top + 1) * row), y * width + left);
}

/** RGBA of a part: white on black as a file, or one colour whose strength is the mask, to lie over the picture. */
export function pixels(mask: Bitmap, box: Box, tint: readonly [number, number, number] | null): Uint8ClampedArray<ArrayBuffer> {
  const part = cut(mask, box);
  const rgba = new Uint8ClampedArray(part.length * 4);
  for (let i = 0; i < part.length; i += 1) {
    const byte = part[i]!;
    rgba[i * 4] = tint ? tint[0] : byte;
    rgba[i * 4 + 1] = tint ? tint[1] : byte;
    rgba[i * 4 + 2] = tint ? tint[2] : byte;
    rgba[i * 4 + 3] = tint ? byte * 0.55 : 255;
  }
  return rgba;
}
