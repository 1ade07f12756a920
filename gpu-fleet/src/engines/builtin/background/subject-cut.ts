/**
 * GrabCut (Rother et al. 2004) on a small picture: two colour models, a minimum cut, new models from the cut, until it rests.
 * Beside colour it hears the prior of `subject-prior` and how sharp each place is (subjects are in focus).
 */
import { ColourModel } from './colour-model.js';
import { GridCut, STEP_X, STEP_Y } from './grid-cut.js';
import { boxMean } from './planes.js';
import { isOpenBottom } from './subject-prior.js';

/** What the cut looks at, one entry a pixel. */
export interface View {
  width: number;
  height: number;
  /** L, a, b interleaved. */
  lab: Float32Array;
  /** Natural logarithm of the local detail. */
  sharpness: Float32Array;
  /** Log-odds of "subject" by place alone. */
  byPlace: Float32Array;
  /** Log-odds by place and enclosure. */
  byEnclosure: Float32Array;
  /** 1 where no colour step at all lies between a pixel and the border: the run of a plain backdrop. */
  openToBorder: Uint8Array;
  /** Likeness of each pixel to its neighbours, from `likenessOf`. */
  likeness: Float32Array;
}

export interface CutStyle {
  /** Reluctance to cut where colours are alike; GrabCut's γ. */
  smoothness: number;
  /** Weight of sharpness among the features; 0 leaves it out. */
  sharpness: number;
  components: number;
  /** Whether the enclosure prior is heard, and the bottom edge may belong to the subject. */
  enclosed: boolean;
}

const ROUNDS = 5;
/** Share of unchanged pixels at which another round would change nothing of note. */
const RESTED = 0.995;
/** Share of the picture along each edge that is background by definition. */
const BORDER = 0.02;
const SAMPLES = 4_000;
const VARIANCE_FLOOR = 1;
const BAND_COMPONENTS = 8;
const BAND_SMOOTHNESS = 30;
const DIAGONAL = Math.SQRT1_2;
const BACKGROUND_FOR_SURE = -1_000;

/** 1 where the subject is. */
export function cutSubject(view: View, style: CutStyle): Uint8Array {
  const { width, height } = view;
  const features = featuresOf(view, style.sharpness);
  const size = features.length / (width * height);
  const allowed = insideOf(view, style.enclosed);
  const prior = view.byPlace.map((p, i) => p + (style.enclosed ? 0.5 * view.byEnclosure[i]! : 0));
  let mask = style.enclosed ? allowed.map((a, i) => (a && !view.openToBorder[i] ? 1 : 0)) : allowed;
  for (let round = 0; round < ROUNDS; round++) {
    const subject = modelOf(features, size, mask, 1, style.components);
    const background = modelOf(features, size, mask, 0, style.components);
    if (!subject || !background) break;
    const before = mask;
    const grid = new GridCut(width, height);
    for (let i = 0; i < mask.length; i++) {
      const odds = allowed[i] ? subject.logLikelihood(features, i * size) - background.logLikelihood(features, i * size) + prior[i]! : BACKGROUND_FOR_SURE;
      grid.setCosts(i % width, Math.floor(i / width), Math.max(0, odds), Math.max(0, -odds));
    }
    connect(grid, view.likeness, width, height, style.smoothness);
    mask = grid.solve();
    if (sameness(before, mask) > RESTED) break;
  }
  return mask;
}

/**
 * Moves the edge of `mask`, within `reach` pixels, to where the colours change: the same cut on a larger copy, with everything
 * farther from the edge fixed.
 */
export function cutBand(lab: Float32Array, width: number, height: number, mask: Uint8Array, reach: number): Uint8Array {
  const subject = modelOf(lab, 3, mask, 1, BAND_COMPONENTS);
  const background = modelOf(lab, 3, mask, 0, BAND_COMPONENTS);
  if (!subject || !background) return mask;
  const near = boxMean({ width, height, data: Float32Array.from(mask) }, reach).data;
  const grid = new GridCut(width, height);
  for (let i = 0; i < mask.length; i++) {
    const isBand = near[i]! > 1e-4 && near[i]! < 1 - 1e-4;
    const odds = isBand ? subject.logLikelihood(lab, i * 3) - background.logLikelihood(lab, i * 3) : mask[i] ? -BACKGROUND_FOR_SURE : BACKGROUND_FOR_SURE;
    grid.setCosts(i % width, Math.floor(i / width), Math.max(0, odds), Math.max(0, -odds));
  }
  connect(grid, likenessOf(lab, width, height), width, height, BAND_SMOOTHNESS);
  return grid.solve();
}

function featuresOf({ lab, sharpness }: View, weight: number): Float32Array {
  if (weight === 0) return lab;
  const features = new Float32Array(sharpness.length * 4);
  for (let i = 0; i < sharpness.length; i++) {
    for (let c = 0; c < 3; c++) features[i * 4 + c] = lab[i * 3 + c]!;
    features[i * 4 + 3] = sharpness[i]! * weight;
  }
  return features;
}

function insideOf({ width, height }: View, openBottom: boolean): Uint8Array {
  const mx = Math.max(2, Math.round(width * BORDER)),
    my = Math.max(2, Math.round(height * BORDER));
  const inside = new Uint8Array(width * height);
  for (let y = my; y < height; y++) {
    for (let x = mx; x < width - mx; x++) inside[y * width + x] = y < height - my || (openBottom && isOpenBottom(x / width, y / height)) ? 1 : 0;
  }
  return inside;
}

/** A model of every n-th pixel of a side, null when it has too few. */
function modelOf(features: Float32Array, size: number, mask: Uint8Array, side: 0 | 1, components: number): ColourModel | null {
  let members = 0;
  for (const m of mask) if (m === side) members++;
  if (members < 50) return null;
  const stride = Math.max(1, members / SAMPLES);
  const samples = new Float32Array(Math.ceil(members / stride) * size);
  let seen = 0,
    taken = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== side) continue;
    if (seen++ >= taken * stride) samples.set(features.subarray(i * size, (i + 1) * size), taken++ * size);
  }
  return new ColourModel(samples.subarray(0, taken * size), size, components, VARIANCE_FLOOR);
}

/** 0 … 1 between each pixel and its neighbours right, lower left, below, lower right (directions 4 … 7); 0 where there is none. */
export function likenessOf(lab: Float32Array, width: number, height: number): Float32Array {
  const squares = new Float32Array(width * height * 4).fill(-1);
  let sum = 0,
    count = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let d = 4; d < 8; d++) {
        const nx = x + STEP_X[d]!,
          ny = y + STEP_Y[d]!;
        if (nx < 0 || nx >= width || ny >= height) continue;
        const p = (y * width + x) * 3,
          q = (ny * width + nx) * 3;
        const square = (lab[p]! - lab[q]!) ** 2 + (lab[p + 1]! - lab[q + 1]!) ** 2 + (lab[p + 2]! - lab[q + 2]!) ** 2;
        squares[(y * width + x) * 4 + d - 4] = square;
        sum += square;
        count++;
      }
    }
  }
  const beta = 1 / ((2 * sum) / count + 1e-6);
  return squares.map((square, i) => (square < 0 ? 0 : (0.05 + Math.exp(-beta * square)) * (i % 4 === 1 || i % 4 === 3 ? DIAGONAL : 1)));
}

export function connect(grid: GridCut, likeness: Float32Array, width: number, height: number, smoothness: number): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let d = 0; d < 4; d++) {
        const cost = smoothness * likeness[(y * width + x) * 4 + d]!;
        if (cost > 0) grid.setEdge(x, y, d + 4, cost);
      }
    }
  }
}

function sameness(a: Uint8Array, b: Uint8Array): number {
  let same = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) same++;
  return same / a.length;
}
