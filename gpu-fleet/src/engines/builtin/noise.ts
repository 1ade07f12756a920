/** Value noise in the plane and sums of it: the clay of which the generative pictures are made. */
import type { Random } from './random.js';

const SIZE = 256;
const MASK = SIZE - 1;

export class Noise {
  private readonly values = new Float32Array(SIZE * SIZE);

  constructor(random: Random) {
    for (let i = 0; i < this.values.length; i++) this.values[i] = random.next() * 2 - 1;
  }

  /** −1 … 1, smooth, one cell a unit. */
  at(x: number, y: number): number {
    const x0 = Math.floor(x),
      y0 = Math.floor(y);
    const fx = x - x0,
      fy = y - y0;
    const u = fx * fx * (3 - 2 * fx),
      v = fy * fy * (3 - 2 * fy);
    const top = (y0 & MASK) * SIZE,
      bottom = ((y0 + 1) & MASK) * SIZE;
    const left = x0 & MASK,
      right = (x0 + 1) & MASK;
    const a = this.values[top + left]!,
      b = this.values[top + right]!,
      c = this.values[bottom + left]!,
      d = this.values[bottom + right]!;
    return a + (b - a) * u + (c - a + (a - b - c + d) * u) * v;
  }

  /** Octaves of halving size and strength. */
  sum(x: number, y: number, octaves: number): number {
    let total = 0,
      strength = 0.5;
    for (let o = 0; o < octaves; o++) {
      total += strength * this.at(x, y);
      x = x * 2.03 + 17.7;
      y = y * 2.03 - 9.2;
      strength *= 0.5;
    }
    return total;
  }
}
