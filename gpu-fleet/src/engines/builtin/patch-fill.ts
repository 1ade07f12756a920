/**
 * Fills a hole from what lies around it, from coarse to fine: each patch that touches the hole finds the patch outside that is most like
 * it (PatchMatch, Barnes et al. 2009), and the patches found vote on the pixels (Wexler et al. 2007).
 */
import type { Random } from './random.js';

/** Interleaved RGB as floats. */
export interface Field {
  width: number;
  height: number;
  rgb: Float32Array;
  /** 1 where it is to be filled. */
  hole: Uint8Array;
}

const REACH = 3;
const SMALLEST = 24;
/** Rounds on a level whose hole has at most `AREA` pixels; a larger one, which the level before has brought near already, gets fewer. */
const ROUNDS = 6;
const ROUNDS_LEAST = 2;
const AREA = 40_000;
const SWEEPS = 2;

/** Fills `field.rgb` in place. `onRound(done, all)` is heard between rounds. */
export async function fill(field: Field, random: Random, onRound: (done: number, all: number) => Promise<void>): Promise<void> {
  const levels = pyramid(field);
  const rounds = levels.map((level) => roundsFor(level));
  const all = rounds.reduce((sum, count) => sum + count, 0);
  let done = 0;
  let nearest: Int32Array | null = null;
  for (let l = levels.length - 1; l >= 0; l--) {
    const level = levels[l]!;
    const sources = sourcesOf(level);
    if (sources.length === 0) diffuse(level);
    else {
      if (nearest === null) diffuse(level);
      const search: Search = new Search(level, sources, random, nearest && finer(nearest, levels[l + 1]!, level));
      if (nearest !== null) search.vote();
      for (let round = 0; round < rounds[l]!; round++) {
        for (let sweep = 0; sweep < SWEEPS; sweep++) search.sweep((round * SWEEPS + sweep) % 2 === 1);
        search.vote();
        await onRound(++done, all);
      }
      nearest = search.nearest;
    }
  }
}

function roundsFor({ hole }: Field): number {
  const area = hole.reduce((sum, inside) => sum + inside, 0);
  return Math.max(ROUNDS_LEAST, Math.min(ROUNDS, Math.round((ROUNDS * AREA) / area)));
}

/** Halves until the hole is a few patches wide. */
function pyramid(field: Field): Field[] {
  const levels = [field];
  for (let last = field; Math.min(last.width, last.height) > SMALLEST * 2 && widthOf(last) > REACH * 2; last = levels.at(-1)!) levels.push(halved(last));
  return levels;
}

/** Width of the hole at most, by counting rows and columns. */
function widthOf({ width, height, hole }: Field): number {
  let most = 0;
  for (let y = 0; y < height; y++) {
    let run = 0;
    for (let x = 0; x < width; x++) most = Math.max(most, (run = hole[y * width + x] ? run + 1 : 0));
  }
  return most;
}

function halved({ width, height, rgb, hole }: Field): Field {
  const w = width >> 1,
    h = height >> 1;
  const small: Field = { width: w, height: h, rgb: new Float32Array(w * h * 3), hole: new Uint8Array(w * h) };
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      let known = 0;
      const to = y * w + x;
      for (const from of [2 * y * width + 2 * x, 2 * y * width + 2 * x + 1, (2 * y + 1) * width + 2 * x, (2 * y + 1) * width + 2 * x + 1]) {
        if (hole[from]) continue;
        known++;
        for (let c = 0; c < 3; c++) small.rgb[to * 3 + c]! += rgb[from * 3 + c]!;
      }
      small.hole[to] = known < 4 ? 1 : 0;
      for (let c = 0; c < 3; c++) small.rgb[to * 3 + c]! /= Math.max(1, known);
    }
  return small;
}

/** Centres of patches that lie whole outside the hole. */
function sourcesOf({ width, height, hole }: Field): Int32Array {
  const sums = new Int32Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      sums[(y + 1) * (width + 1) + x + 1] =
        hole[y * width + x]! + sums[y * (width + 1) + x + 1]! + sums[(y + 1) * (width + 1) + x]! - sums[y * (width + 1) + x]!;
  const found: number[] = [];
  for (let y = REACH; y < height - REACH; y++)
    for (let x = REACH; x < width - REACH; x++) {
      const [x0, x1, y0, y1] = [x - REACH, x + REACH + 1, y - REACH, y + REACH + 1];
      const at = (px: number, py: number) => sums[py * (width + 1) + px]!;
      if (at(x1, y1) - at(x0, y1) - at(x1, y0) + at(x0, y0) === 0) found.push(y * width + x);
    }
  return Int32Array.from(found);
}

/** A smooth first guess: the hole takes the mean of its known neighbours, ring by ring. */
function diffuse({ width, height, rgb, hole }: Field): void {
  const open = hole.slice();
  for (;;) {
    const ring: number[] = [];
    for (let i = 0; i < open.length; i++) if (open[i] && neighbours(i, width, height).some((n) => !open[n])) ring.push(i);
    if (ring.length === 0) return;
    for (const i of ring) {
      const known = neighbours(i, width, height).filter((n) => !open[n]);
      for (let c = 0; c < 3; c++) rgb[i * 3 + c] = known.reduce((sum, n) => sum + rgb[n * 3 + c]!, 0) / known.length;
    }
    for (const i of ring) open[i] = 0;
  }
}

function neighbours(i: number, width: number, height: number): number[] {
  const x = i % width;
  return [x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1, i - width, i + width].filter((n) => n >= 0 && n < width * height);
}

/** The finds of a coarser level, at twice the place. */
function finer(nearest: Int32Array, coarse: Field, fine: Field): Int32Array {
  const out = new Int32Array(fine.width * fine.height).fill(-1);
  for (let y = 0; y < fine.height; y++)
    for (let x = 0; x < fine.width; x++) {
      const from = nearest[Math.min(coarse.height - 1, y >> 1) * coarse.width + Math.min(coarse.width - 1, x >> 1)]!;
      if (from >= 0) out[y * fine.width + x] = (2 * Math.floor(from / coarse.width) + (y & 1)) * fine.width + 2 * (from % coarse.width) + (x & 1);
    }
  return out;
}

class Search {
  /** For every patch that touches the hole, the centre of the one outside that is most like it; -1 elsewhere. */
  readonly nearest: Int32Array;
  private readonly cost: Float32Array;
  private readonly wanted: Int32Array;
  private readonly isSource: Uint8Array;

  constructor(
    private readonly field: Field,
    private readonly sources: Int32Array,
    private readonly random: Random,
    before: Int32Array | null,
  ) {
    const { width, height } = field;
    this.isSource = new Uint8Array(width * height);
    for (const i of sources) this.isSource[i] = 1;
    this.wanted = Int32Array.from(touching(field));
    this.nearest = new Int32Array(width * height).fill(-1);
    this.cost = new Float32Array(width * height).fill(Infinity);
    for (const i of this.wanted) {
      const known = before?.[i] ?? -1;
      const start = known >= 0 && known < this.isSource.length && this.isSource[known] ? known : sources[random.below(sources.length)]!;
      this.nearest[i] = start;
      this.cost[i] = this.distance(i, start, Infinity);
    }
  }

  /** Hears what the neighbours found, and looks around at random. */
  sweep(backwards: boolean): void {
    const { width, height } = this.field;
    const step = backwards ? 1 : -1;
    for (let k = 0; k < this.wanted.length; k++) {
      const i = this.wanted[backwards ? this.wanted.length - 1 - k : k]!;
      const x = i % width;
      this.cost[i] = this.distance(i, this.nearest[i]!, Infinity);
      if (x + step >= 0 && x + step < width) this.hear(i, i + step, -step);
      if (i + step * width >= 0 && i + step * width < width * height) this.hear(i, i + step * width, -step * width);
      for (let reach = Math.max(width, height); reach >= 1; reach /= 2) {
        const at = this.nearest[i]!;
        const nx = Math.round((at % width) + (this.random.next() * 2 - 1) * reach),
          ny = Math.round(Math.floor(at / width) + (this.random.next() * 2 - 1) * reach);
        if (nx >= 0 && ny >= 0 && nx < width && ny < height) this.consider(i, ny * width + nx);
      }
    }
  }

  /** Every pixel of the hole becomes the weighted mean of what the patches over it propose. */
  vote(): void {
    const { width, height, rgb, hole } = this.field;
    const sum = new Float32Array(rgb.length),
      weight = new Float32Array(hole.length);
    for (const i of this.wanted) {
      const from = this.nearest[i]!;
      const share = 1 / (1 + this.distance(i, from, Infinity));
      const x = i % width,
        y = Math.floor(i / width);
      for (let dy = Math.max(-REACH, -y); dy <= Math.min(REACH, height - 1 - y); dy++)
        for (let dx = Math.max(-REACH, -x); dx <= Math.min(REACH, width - 1 - x); dx++) {
          const to = i + dy * width + dx;
          if (!hole[to]) continue;
          const at = (from + dy * width + dx) * 3;
          weight[to]! += share;
          for (let c = 0; c < 3; c++) sum[to * 3 + c]! += share * rgb[at + c]!;
        }
    }
    for (let i = 0; i < hole.length; i++) if (hole[i] && weight[i]! > 0) for (let c = 0; c < 3; c++) rgb[i * 3 + c] = sum[i * 3 + c]! / weight[i]!;
  }

  private hear(i: number, neighbour: number, back: number): void {
    const theirs = this.nearest[neighbour]!;
    if (theirs >= 0) this.consider(i, theirs + back);
  }

  private consider(i: number, candidate: number): void {
    if (candidate < 0 || candidate >= this.isSource.length || !this.isSource[candidate]) return;
    const cost = this.distance(i, candidate, this.cost[i]!);
    if (cost >= this.cost[i]!) return;
    this.cost[i] = cost;
    this.nearest[i] = candidate;
  }

  /** Mean square difference of two patches, as far as the first one lies in the picture; gives up beyond `enough`. */
  private distance(i: number, from: number, enough: number): number {
    const { width, height, rgb } = this.field;
    const x = i % width,
      y = Math.floor(i / width);
    const x0 = Math.max(-REACH, -x),
      x1 = Math.min(REACH, width - 1 - x),
      y0 = Math.max(-REACH, -y),
      y1 = Math.min(REACH, height - 1 - y);
    const count = (x1 - x0 + 1) * (y1 - y0 + 1) * 3;
    const limit = enough * count;
    let sum = 0;
    for (let dy = y0; dy <= y1 && sum < limit; dy++) {
      let a = (i + dy * width + x0) * 3,
        b = (from + dy * width + x0) * 3;
      for (let k = (x1 - x0 + 1) * 3; k > 0; k--) {
        const difference = rgb[a++]! - rgb[b++]!;
        sum += difference * difference;
      }
    }
    return sum / count;
  }
}

/** Pixels within a patch's reach of the hole. */
function touching({ width, height, hole }: Field): number[] {
  const found: number[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let touches = false;
      for (let dy = Math.max(-REACH, -y); dy <= Math.min(REACH, height - 1 - y) && !touches; dy++)
        for (let dx = Math.max(-REACH, -x); dx <= Math.min(REACH, width - 1 - x) && !touches; dx++) touches = hole[(y + dy) * width + x + dx] === 1;
      if (touches) found.push(y * width + x);
    }
  return found;
}
