/**
 * Where the subject of a photograph probably is, before its colours are known: near the middle, a little low, and behind edges as
 * seen from the border (geodesic saliency, Wei et al., ECCV 2012: background is what a path from the border reaches without
 * crossing strong colour changes).
 */
import type { Superpixels } from './superpixels.js';

/** Centre and spread of subjects in photographs, as shares of width and height; the middle of what salient-object data sets report. */
const CENTRE_X = 0.5;
const CENTRE_Y = 0.58;
const SPREAD_X = 0.3;
const SPREAD_Y = 0.28;
/** Colour steps below this are texture and cost a path nothing (ΔE). */
const FREE_STEP = 3;
/** Path cost (ΔE) at which border and subject are equally likely, and where certainty saturates. */
const EVEN_COST = 25;
/** A subject often leaves the picture at the bottom: paths that begin there start with a handicap. */
const BOTTOM_HANDICAP = 15;

/** Log-odds of "subject" by place alone, −3 … 1. @param x, y shares of width and height. */
export function centrality(x: number, y: number): number {
  return Math.max(-3, 1 - (((x - CENTRE_X) / SPREAD_X) ** 2 + ((y - CENTRE_Y) / SPREAD_Y) ** 2) / 2);
}

/** The bottom edge without its corners: there a subject may touch the border. */
export function isOpenBottom(x: number, y: number): boolean {
  return y > 0.85 && x > 0.12 && x < 0.88;
}

/** Log-odds by place and enclosure of each superpixel, whose path from the border cost `cost` (ΔE). */
export function subjectPrior({ place }: Superpixels, cost: Float32Array): Float32Array {
  return cost.map((c, k) => centrality(place[k * 2]!, place[k * 2 + 1]!) + 2 * Math.min(2, (2 * (c - EVEN_COST)) / EVEN_COST));
}

/** Dijkstra from every border superpixel at once; O(n²) suits a few hundred pieces. */
export function costFromBorder({ count, colour, place, neighbours, onBorder }: Superpixels): Float32Array {
  const cost = new Float32Array(count).fill(Infinity);
  const done = new Uint8Array(count);
  for (let k = 0; k < count; k++) if (onBorder[k]) cost[k] = isOpenBottom(place[k * 2]!, place[k * 2 + 1]!) ? BOTTOM_HANDICAP : 0;
  for (let round = 0; round < count; round++) {
    let i = -1;
    for (let k = 0; k < count; k++) if (!done[k] && (i < 0 || cost[k]! < cost[i]!)) i = k;
    done[i] = 1;
    for (const j of neighbours[i]!) {
      const step = Math.hypot(colour[i * 3]! - colour[j * 3]!, colour[i * 3 + 1]! - colour[j * 3 + 1]!, colour[i * 3 + 2]! - colour[j * 3 + 2]!);
      cost[j] = Math.min(cost[j]!, cost[i]! + Math.max(0, step - FREE_STEP));
    }
  }
  return cost;
}
