/**
 * Which parts of a picture are its subject, before any colour is known: boundary connectivity, background-weighted contrast and
 * their optimisation (Zhu et al., "Saliency Optimization from Robust Background Detection", CVPR 2014). What the picture's border
 * runs far into is background; what differs from it and holds together is subject.
 */
import type { Superpixels } from './superpixels.js';

const COLOUR_SIGMA = 10;
const PLACE_SIGMA = 0.25;
const SMOOTHNESS = 0.1;

export interface Saliency {
  /** 0 (background) … 1 (subject) of each superpixel. */
  subject: Float32Array;
  /** 0 … 1: how surely each belongs to what runs along the border. */
  background: Float32Array;
}

export function saliencyOf(pieces: Superpixels): Saliency {
  const distance = colourDistances(pieces);
  const clip = averageNearest(pieces, distance);
  const background = backgroundOf(pieces, distance, clip);
  const contrast = contrastOf(pieces, distance, background);
  const subject = optimise(pieces, distance, background, contrast);
  return { subject, background };
}

export function colourDistances({ count, colour }: Superpixels): Float32Array {
  const distance = new Float32Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const d = Math.hypot(colour[i * 3]! - colour[j * 3]!, colour[i * 3 + 1]! - colour[j * 3 + 1]!, colour[i * 3 + 2]! - colour[j * 3 + 2]!);
      distance[i * count + j] = d;
      distance[j * count + i] = d;
    }
  }
  return distance;
}

/** Differences smaller than the usual one between nearest neighbours are noise and cost a path nothing. */
function averageNearest({ count, neighbours }: Superpixels, distance: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += neighbours[i]!.reduce((least, j) => Math.min(least, distance[i * count + j]!), 1000);
  return sum / count;
}

function backgroundOf(pieces: Superpixels, distance: Float32Array, clip: number): Float32Array {
  const { count, onBorder, area } = pieces;
  const border = [...Array(count).keys()].filter((i) => onBorder[i]);
  const mean = area.reduce((a, b) => a + b, 0) / count;
  const background = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const paths = shortestPaths(pieces, distance, clip, border, i);
    let spread = 0, length = 0;
    for (let j = 0; j < count; j++) {
      const near = Math.exp((-paths[j]! * paths[j]!) / (2 * COLOUR_SIGMA * COLOUR_SIGMA));
      spread += near * (area[j]! / mean);
      if (onBorder[j]) length += near;
    }
    const connectivity = length / Math.sqrt(spread);
    background[i] = 1 - Math.exp((-connectivity * connectivity) / 2);
  }
  return background;
}

/** Dijkstra over touching superpixels; border superpixels all touch each other. O(n²) suits a few hundred nodes. */
function shortestPaths({ count, neighbours, onBorder }: Superpixels, distance: Float32Array, clip: number, border: number[], from: number): Float32Array {
  const paths = new Float32Array(count).fill(Infinity);
  const done = new Uint8Array(count);
  paths[from] = 0;
  for (let round = 0; round < count; round++) {
    let i = -1;
    for (let k = 0; k < count; k++) if (!done[k] && (i < 0 || paths[k]! < paths[i]!)) i = k;
    if (i < 0 || paths[i] === Infinity || paths[i]! > 4 * COLOUR_SIGMA) break;
    done[i] = 1;
    const relax = (j: number) => {
      const d = paths[i]! + Math.max(0, distance[i * count + j]! - clip);
      if (d < paths[j]!) paths[j] = d;
    };
    neighbours[i]!.forEach(relax);
    if (onBorder[i]) border.forEach(relax);
  }
  return paths;
}

function contrastOf({ count, place }: Superpixels, distance: Float32Array, background: Float32Array): Float32Array {
  const contrast = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const dx = place[i * 2]! - place[j * 2]!, dy = place[i * 2 + 1]! - place[j * 2 + 1]!;
      contrast[i]! += distance[i * count + j]! * Math.exp(-(dx * dx + dy * dy) / (2 * PLACE_SIGMA * PLACE_SIGMA)) * background[j]!;
    }
  }
  return normalise(contrast);
}

/** Minimises Σ b s² + Σ c (s − 1)² + Σ w (sᵢ − sⱼ)² by Gauss–Seidel: the matrix is diagonally dominant. */
function optimise({ count, neighbours }: Superpixels, distance: Float32Array, background: Float32Array, contrast: Float32Array): Float32Array {
  const subject = contrast.slice();
  for (let round = 0; round < 60; round++) {
    for (let i = 0; i < count; i++) {
      let weight = background[i]! + contrast[i]! + 1e-4;
      let sum = contrast[i]!;
      for (const j of neighbours[i]!) {
        const d = distance[i * count + j]!;
        const w = Math.exp((-d * d) / (2 * COLOUR_SIGMA * COLOUR_SIGMA)) + SMOOTHNESS;
        weight += w;
        sum += w * subject[j]!;
      }
      subject[i] = sum / weight;
    }
  }
  return normalise(subject);
}

export function normalise(values: Float32Array): Float32Array {
  let least = Infinity, most = -Infinity;
  for (const v of values) {
    least = Math.min(least, v);
    most = Math.max(most, v);
  }
  return values.map((v) => (v - least) / Math.max(1e-6, most - least));
}
