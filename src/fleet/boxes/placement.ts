import { vramTogether, type VramUse } from '@atelier/contracts';
import type { QueuedTask } from '../tasks/index.js';

/** A box that asks for work, as it stands now. */
export interface AskingBox {
  /** `engine:kind`. */
  abilities: readonly string[];
  /** Digests in VRAM. */
  loaded: readonly string[];
  /** Digests on disk. */
  cached: readonly string[];
  /** MiB and tasks that it holds in all; a box without a GPU has Infinity of the former. */
  vramMb: number;
  slots: number;
  /** What it holds already. */
  on: readonly VramUse[];
}

/** Tickets a lane may have beyond the free slots. */
const RUNWAY_SPARE = 2;

/**
 * The task a box takes next, of those that have a ticket. It is one that the box can run and hold beside what it has. Of these, one whose weights are loaded (or
 * are being loaded for another task) comes before one whose weights are on its disk, that before the rest, and the oldest start tag first among equals.
 *
 * Nobody overtakes the task whose turn it is by more than runway × largest unit (the bound on unfairness), whether he is quicker to begin or merely smaller: where
 * that task finds no room yet, the box then takes nothing until there is.
 */
export function chooseTask(box: AskingBox, waiting: readonly QueuedTask[]): QueuedTask | undefined {
  const able = waiting.filter(
    (task) => box.abilities.includes(task.ability) && vramTogether([task]) <= box.vramMb && task.weights.every((file) => !isFull(file, box.on)),
  );
  const first = able.toSorted(byTurn)[0];
  if (!first || box.on.length >= box.slots) return undefined;
  const bound = (box.slots + RUNWAY_SPARE) * Math.max(...able.map((task) => task.cost));
  const hot = new Set([...box.loaded, ...box.on.flatMap(digestsOf)]);
  const near = new Set([...hot, ...box.cached]);
  const nearness = (task: QueuedTask): number => {
    if (task.weights.length === 0) return 0;
    return digestsOf(task).every((digest) => hot.has(digest)) ? 2 : digestsOf(task).every((digest) => near.has(digest)) ? 1 : 0;
  };
  return able
    .filter((task) => task.tierTag - first.tierTag <= bound && vramTogether([...box.on, task]) <= box.vramMb)
    .toSorted((a, b) => nearness(b) - nearness(a) || byTurn(a, b))[0];
}

const digestsOf = ({ weights }: VramUse): string[] => weights.map(({ digest }) => digest);

const isFull = ({ digest, maxParallelPerGpu = Infinity }: QueuedTask['weights'][number], on: readonly VramUse[]): boolean =>
  on.filter((task) => digestsOf(task).includes(digest)).length >= maxParallelPerGpu;

/** The order in which promotion picked them. */
const byTurn = (a: QueuedTask, b: QueuedTask): number =>
  a.tierTag - b.tierTag || b.tierWeight - a.tierWeight || a.tag - b.tag || (a.taskId < b.taskId ? -1 : 1);
