import type { TicketedLane } from '../tasks/index.js';

export interface AskingBox {
  /** `engine:kind`. */
  abilities: readonly string[];
  /** Digests in VRAM. */
  loaded: readonly string[];
  /** MiB; Infinity on a CPU box. */
  freeVramMb: number;
  slots: number;
}

/** Tickets a lane may have beyond the free slots. */
const RUNWAY_SPARE = 2;

/**
 * The lanes a box takes tickets from, best first: those it can run at all; of these, one whose weights are loaded comes before the one whose turn it is by at most
 * runway × largest unit (the bound on unfairness); else the oldest start tag.
 */
export function orderLanes(box: AskingBox, lanes: readonly TicketedLane[]): TicketedLane[] {
  const able = lanes.filter((lane) => lane.vramMb <= box.freeVramMb && lane.abilities.every((ability) => box.abilities.includes(ability)));
  const byTurn = [...able].sort((a, b) => a.tierTag - b.tierTag || (a.laneId < b.laneId ? -1 : 1));
  const first = byTurn[0];
  if (!first) return [];
  const bound = (box.slots + RUNWAY_SPARE) * Math.max(...able.map((lane) => lane.unitCost));
  const isWarm = (lane: TicketedLane): boolean => lane.weights.length > 0 && lane.weights.every((digest) => box.loaded.includes(digest));
  const warm = byTurn.filter((lane) => isWarm(lane) && lane.tierTag - first.tierTag <= bound);
  return [...warm, ...byTurn.filter((lane) => !warm.includes(lane))];
}
