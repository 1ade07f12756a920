/** Exact Euclidean distances on a grid, by parabolas row by row and column by column (Felzenszwalb & Huttenlocher 2012). */

const FAR = 1e20;

/** Distance in pixels of every pixel to the nearest one where `inside` is not 0; 0 there. Infinity where there is none. */
export function distancesTo(inside: Uint8Array, width: number, height: number): Float32Array {
  const squares = new Float64Array(inside.length);
  for (let i = 0; i < inside.length; i++) squares[i] = inside[i] ? 0 : FAR;
  const side = Math.max(width, height);
  const work = { line: new Float64Array(side), centres: new Int32Array(side), borders: new Float64Array(side + 1) };
  for (let x = 0; x < width; x++) transform(squares, x, width, height, work);
  for (let y = 0; y < height; y++) transform(squares, y * width, 1, width, work);
  const distances = new Float32Array(inside.length);
  for (let i = 0; i < inside.length; i++) distances[i] = squares[i]! >= FAR / 2 ? Infinity : Math.sqrt(squares[i]!);
  return distances;
}

interface Work {
  line: Float64Array;
  centres: Int32Array;
  borders: Float64Array;
}

/** The lower envelope of a parabola over every place of one line. */
function transform(squares: Float64Array, start: number, stride: number, count: number, { line, centres, borders }: Work): void {
  for (let i = 0; i < count; i++) line[i] = squares[start + i * stride]!;
  let last = 0;
  centres[0] = 0;
  borders[0] = -Infinity;
  borders[1] = Infinity;
  for (let q = 1; q < count; q++) {
    let meet = crossing(line, q, centres[last]!);
    while (meet <= borders[last]!) meet = crossing(line, q, centres[--last]!);
    centres[++last] = q;
    borders[last] = meet;
    borders[last + 1] = Infinity;
  }
  for (let q = 0, k = 0; q < count; q++) {
    while (borders[k + 1]! < q) k++;
    squares[start + q * stride] = (q - centres[k]!) ** 2 + line[centres[k]!]!;
  }
}

const crossing = (line: Float64Array, q: number, p: number): number => (line[q]! + q * q - (line[p]! + p * p)) / (2 * q - 2 * p);
