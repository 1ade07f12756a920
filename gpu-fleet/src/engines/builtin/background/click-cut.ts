/**
 * A region from clicks: first by the shortest way from each pixel to a click, where a way costs what colours change along it; then by
 * colour models and a minimum cut (as in `subject-cut`), with the clicks held fast.
 */
import type { Point } from '@atelier/contracts';
import { ColourModel } from './colour-model.js';
import { GridCut, STEP_X, STEP_Y } from './grid-cut.js';
import { connect, likenessOf } from './subject-cut.js';

const ROUNDS = 4;
const COMPONENTS = 5;
const SAMPLES = 3_000;
const VARIANCE_FLOOR = 4;
const SMOOTHNESS = 60;
/** A step between two pixels of one colour, so that of two ways without an edge the shorter one counts. */
const STEP_COST = 0.05;
/** Radius around a click that belongs to it for sure. */
const CLICK = 2;
const FOR_SURE = 1_000;

/** @param lab L, a, b interleaved. @param clicks in pixels of this copy, at least one of label 1. @returns 1 where the region is */
export function cutByClicks(lab: Float32Array, width: number, height: number, clicks: readonly Point[]): Uint8Array {
  const fixed = fixedBy(clicks, width, height);
  const away = waysFrom(lab, width, height, (i) => fixed[i] === 1);
  const back = waysFrom(lab, width, height, (i) => fixed[i] === -1 || (fixed[i] === 0 && onBorder(i, width, height)));
  let mask: Uint8Array = Uint8Array.from(away, (cost, i) => (fixed[i] === 1 || (fixed[i] === 0 && cost < back[i]!) ? 1 : 0));
  const likeness = likenessOf(lab, width, height);
  // A long way to a click makes a colour less likely to belong to it, so that a twin elsewhere in the picture stays out.
  const scale = median(away);
  for (let round = 0; round < ROUNDS; round++) {
    const subject = modelOf(lab, mask, 1),
      background = modelOf(lab, mask, 0);
    if (!subject || !background) break;
    const grid = new GridCut(width, height);
    for (let i = 0; i < mask.length; i++) {
      const near = (2 * (back[i]! - away[i]!)) / (scale + 1e-6);
      const odds = fixed[i] !== 0 ? fixed[i]! * FOR_SURE : subject.logLikelihood(lab, i * 3) - background.logLikelihood(lab, i * 3) + clamp(near, 6);
      grid.setCosts(i % width, Math.floor(i / width), Math.max(0, odds), Math.max(0, -odds));
    }
    connect(grid, likeness, width, height, SMOOTHNESS);
    mask = clicked(grid.solve(), fixed, width, height);
  }
  return mask;
}

function fixedBy(clicks: readonly Point[], width: number, height: number): Int8Array {
  const fixed = new Int8Array(width * height);
  for (const { x, y, label } of clicks)
    for (let dy = -CLICK; dy <= CLICK; dy++)
      for (let dx = -CLICK; dx <= CLICK; dx++) {
        const [px, py] = [x + dx, y + dy];
        if (px >= 0 && py >= 0 && px < width && py < height && dx * dx + dy * dy <= CLICK * CLICK) fixed[py * width + px] = label === 1 ? 1 : -1;
      }
  return fixed;
}

const onBorder = (i: number, width: number, height: number): boolean => {
  const x = i % width,
    y = Math.floor(i / width);
  return x === 0 || y === 0 || x === width - 1 || y === height - 1;
};

/** Dijkstra over the eight neighbours, with a heap of (cost, pixel). */
function waysFrom(lab: Float32Array, width: number, height: number, isStart: (i: number) => boolean): Float32Array {
  const cost = new Float32Array(width * height).fill(Infinity);
  const heap = new Heap();
  for (let i = 0; i < cost.length; i++)
    if (isStart(i)) {
      cost[i] = 0;
      heap.push(0, i);
    }
  for (let at = heap.pop(); at; at = heap.pop()) {
    const [so, i] = at;
    if (so > cost[i]!) continue;
    const x = i % width,
      y = Math.floor(i / width);
    for (let d = 0; d < 8; d++) {
      const nx = x + STEP_X[d]!,
        ny = y + STEP_Y[d]!;
      if (nx < 0 || ny < 0 || nx >= width || ny >= height) continue;
      const n = ny * width + nx;
      const change = Math.hypot(lab[n * 3]! - lab[i * 3]!, lab[n * 3 + 1]! - lab[i * 3 + 1]!, lab[n * 3 + 2]! - lab[i * 3 + 2]!);
      const next = Math.fround(so + change + STEP_COST);
      if (next >= cost[n]!) continue;
      cost[n] = next;
      heap.push(next, n);
    }
  }
  return cost;
}

class Heap {
  private readonly keys: number[] = [];
  private readonly values: number[] = [];

  push(key: number, value: number): void {
    let i = this.keys.push(key) - 1;
    this.values.push(value);
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (this.keys[up]! <= key) break;
      this.swap(i, up);
      i = up;
    }
  }

  pop(): [number, number] | undefined {
    const { keys, values } = this;
    if (keys.length === 0) return undefined;
    const top: [number, number] = [keys[0]!, values[0]!];
    const key = keys.pop()!,
      value = values.pop()!;
    if (keys.length > 0) {
      keys[0] = key;
      values[0] = value;
      for (let i = 0; ;) {
        let least = i;
        for (const child of [2 * i + 1, 2 * i + 2]) if (child < keys.length && keys[child]! < keys[least]!) least = child;
        if (least === i) break;
        this.swap(i, least);
        i = least;
      }
    }
    return top;
  }

  private swap(a: number, b: number): void {
    const { keys, values } = this;
    [keys[a], keys[b]] = [keys[b]!, keys[a]!];
    [values[a], values[b]] = [values[b]!, values[a]!];
  }
}

const clamp = (value: number, most: number): number => Math.min(most, Math.max(-most, value));

function median(values: Float32Array): number {
  const sorted = values.filter((value) => Number.isFinite(value)).sort();
  return sorted[sorted.length >> 1] ?? 1;
}

function modelOf(lab: Float32Array, mask: Uint8Array, side: 0 | 1): ColourModel | null {
  const members: number[] = [];
  for (let i = 0; i < mask.length; i++) if (mask[i] === side) members.push(i);
  if (members.length < 12) return null;
  const stride = Math.max(1, members.length / SAMPLES);
  const chosen = Array.from({ length: Math.floor(members.length / stride) }, (_, k) => members[Math.floor(k * stride)]!);
  const samples = new Float32Array(chosen.length * 3);
  for (const [k, i] of chosen.entries()) samples.set(lab.subarray(i * 3, i * 3 + 3), k * 3);
  return new ColourModel(samples, 3, Math.min(COMPONENTS, Math.floor(chosen.length / 12) || 1), VARIANCE_FLOOR);
}

/** Only the regions that hold a click. */
function clicked(mask: Uint8Array, fixed: Int8Array, width: number, height: number): Uint8Array {
  const kept = new Uint8Array(mask.length);
  const queue: number[] = [];
  for (let i = 0; i < mask.length; i++)
    if (fixed[i] === 1) {
      kept[i] = 1;
      queue.push(i);
    }
  while (queue.length > 0) {
    const i = queue.pop()!;
    const x = i % width;
    for (const n of [x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1, i - width, i + width]) {
      if (n < 0 || n >= width * height || kept[n] || !mask[n]) continue;
      kept[n] = 1;
      queue.push(n);
    }
  }
  return kept;
}
