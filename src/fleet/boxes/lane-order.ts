import type { TicketedLane } from '../tasks/index.js';

export interface AskingBox {
  /** `engine:kind`. */
  abilities: readonly string[];
  /** Digests in VRAM. */
  loaded: readonly string[];
  /** Digests on disk. */
  cached: readonly string[];
  /** MiB; Infinity on a CPU box. */
  freeVramMb: number;
  slots: number;
}

/** Tickets a lane may have beyond the free slots. */
const RUNWAY_SPARE = 2;

/**
 * The lanes a box takes tickets from, best first: those it can run at all; of these, one whose weights are loaded, then one whose weights are on its disk, comes
 * before the one whose turn it is by at most runway × largest unit (the bound on unfairness); else the oldest start tag.
 */
export function orderLanes(box: AskingBox, lanes: readonly TicketedLane[]): TicketedLane[] {
  const able = lanes.filter((lane) => lane.vramMb <= box.freeVramMb && lane.abilities.every((ability) => box.abilities.includes(ability)));
  const byTurn = [...able].sort((a, b) => a.tierTag - b.tierTag || (a.laneId < b.laneId ? -1 : 1));
  const first = byTurn[0];
  if (!first) return [];
  const bound = (box.slots + RUNWAY_SPARE) * Math.max(...able.map((lane) => lane.unitCost));
  const loaded = new Set(box.loaded);
  const here = new Set([...box.loaded, ...box.cached]);
  const nearness = ({ weights, tierTag }: TicketedLane): number => {
    if (weights.length === 0 || tierTag - first.tierTag > bound) return 0;
    return weights.every((digest) => loaded.has(digest)) ? 2 : weights.every((digest) => here.has(digest)) ? 1 : 0;
  };
  return [2, 1, 0].flatMap((wanted) => byTurn.filter((lane) => nearness(lane) === wanted));
}
