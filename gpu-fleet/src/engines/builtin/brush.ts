/**
 * Paints a target picture stroke by stroke, from brushes of an eighth of the picture down to two pixels: each step refines what the
 * steps before left, so a preview develops from coarse to fine as a diffusion's does, and the number of steps matters.
 */
import type { Random } from './random.js';

export interface Target {
  width: number;
  height: number;
  /** Interleaved RGB, one byte each. */
  rgb: Uint8Array;
  /** Brush direction at a pixel, radians. */
  flow: (x: number, y: number) => number;
}

/** Share of the canvas that the strokes of one step cover, for up to this many steps; beyond, the strokes get fewer. */
const COVER = 1.5;
const FULL_STEPS = 30;

/**
 * @param canvas interleaved RGB, painted in place. @param from, to which of `steps` to paint (img2img begins late).
 * @param onStep called after each with the number of steps done.
 */
export async function paint(
  canvas: Uint8Array,
  target: Target,
  random: Random,
  steps: number,
  from: number,
  onStep: (done: number) => Promise<void>,
): Promise<void> {
  const { width, height } = target;
  const side = Math.min(width, height);
  const cover = COVER * Math.min(1, FULL_STEPS / steps);
  for (let step = from; step < steps; step++) {
    const progress = steps === 1 ? 1 : step / (steps - 1);
    const radius = Math.max(1.2, (side / 8) * (12 / side) ** (progress * 1.15));
    const length = 3 + Math.round(4 * (1 - progress));
    const count = Math.max(1, Math.round((cover * width * height) / (radius * radius * (length + 1))));
    const stamp = stampOf(radius);
    for (let i = 0; i < count; i++) stroke(canvas, target, random.next() * width, random.next() * height, radius, length, 0.55 + 0.4 * progress, stamp);
    await onStep(step + 1);
  }
}

interface Stamp {
  reach: number;
  /** 0 … 256 over a square of 2·reach + 1. */
  cover: Uint16Array;
}

/** A round brush with a soft edge. */
function stampOf(radius: number): Stamp {
  const reach = Math.ceil(radius);
  const size = 2 * reach + 1;
  const cover = new Uint16Array(size * size);
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const edge = (radius - Math.hypot(x, y)) / Math.max(1, radius * 0.35) + 0.2;
      cover[(y + reach) * size + x + reach] = Math.round(256 * Math.min(1, Math.max(0, edge)));
    }
  }
  return { reach, cover };
}

/** Follows the flow from (x, y) both ways' worth of `length` half-radii, in the target's colour at its middle. */
function stroke(canvas: Uint8Array, target: Target, x: number, y: number, radius: number, length: number, opacity: number, stamp: Stamp): void {
  const { width, height, rgb, flow } = target;
  const middle = (Math.floor(y) * width + Math.floor(x)) * 3;
  const r = rgb[middle]!,
    g = rgb[middle + 1]!,
    b = rgb[middle + 2]!;
  const direction = flow(x, y);
  const dx = Math.cos(direction) * radius * 0.5,
    dy = Math.sin(direction) * radius * 0.5;
  const alpha = Math.round((opacity * 256) / 2);
  for (let k = 0; k < length; k++) {
    const shift = k - (length - 1) / 2;
    dab(canvas, width, height, Math.round(x + dx * shift), Math.round(y + dy * shift), r, g, b, alpha, stamp);
  }
}

function dab(
  canvas: Uint8Array,
  width: number,
  height: number,
  cx: number,
  cy: number,
  r: number,
  g: number,
  b: number,
  alpha: number,
  { reach, cover }: Stamp,
): void {
  const size = 2 * reach + 1;
  const x0 = Math.max(0, cx - reach),
    x1 = Math.min(width - 1, cx + reach);
  const y0 = Math.max(0, cy - reach),
    y1 = Math.min(height - 1, cy + reach);
  for (let y = y0; y <= y1; y++) {
    let s = (y - cy + reach) * size + x0 - cx + reach;
    let p = (y * width + x0) * 3;
    for (let x = x0; x <= x1; x++, s++, p += 3) {
      const a = (cover[s]! * alpha) >> 8;
      if (a === 0) continue;
      canvas[p] = canvas[p]! + (((r - canvas[p]!) * a + 128) >> 8);
      canvas[p + 1] = canvas[p + 1]! + (((g - canvas[p + 1]!) * a + 128) >> 8);
      canvas[p + 2] = canvas[p + 2]! + (((b - canvas[p + 2]!) * a + 128) >> 8);
    }
  }
}
