/**
 * Which box takes which task, when several of either could. Pure. A load of weights costs as much as a short task, so a task rather waits for the box that
 * has its weights, as long as it begins no later for that; and of the boxes that would have to load, the one takes it whose weights are missed least.
 * Tried in fleet/simulator; leases still go by `placement.ts`.
 */
export interface DispatchBox<Model> {
  state: 'idle' | 'busy' | 'booting' | 'draining';
  /** Idle or busy since. */
  sinceMs: number;
  /** What is in its memory. */
  model: Model | null;
  /** When its task is expected to end. */
  freeAtMs: number;
  /** A waiting task counts on it. */
  promised: boolean;
}

/** Places of the line that a box looks over for a task whose weights it has. */
export const LOOK_AHEAD = 16;
/** Nobody is overtaken who has waited this long. */
export const OVERTAKEN_MAX_MS = 60_000;

export type Placement<B> = { box: B; now: boolean } | null;

/**
 * Where a task that has just come begins: at once on a box that is idle (`now`), or on a busy one that has its weights and ends before they could be loaded
 * anywhere else (that box is then promised). Null: it waits its turn. `worth`: what it would cost to miss a model, any unit.
 */
export function placeTask<Model, B extends DispatchBox<Model>>(
  model: Model,
  boxes: readonly B[],
  nowMs: number,
  loadMs: number,
  worth: (model: Model) => number,
  mayWait = true,
): Placement<B> {
  let hot: B | null = null;
  let soon: B | null = null;
  let cold: B | null = null;
  let coldWorth = 0;
  for (const box of boxes) {
    if (box.state === 'idle') {
      if (box.model === model) {
        if (!hot || box.sinceMs > hot.sinceMs) hot = box;
      } else {
        const missed = box.model === null ? -1 : worth(box.model);
        // Among equals the one that was busy last: the others may then be idle long enough to be stopped.
        if (!cold || missed < coldWorth || (missed === coldWorth && box.sinceMs > cold.sinceMs)) {
          cold = box;
          coldWorth = missed;
        }
      }
    } else if (mayWait && box.state === 'busy' && box.model === model && !box.promised && box.freeAtMs - nowMs <= loadMs) {
      if (!soon || box.freeAtMs < soon.freeAtMs) soon = box;
    }
  }
  if (hot) return { box: hot, now: true };
  if (cold && soon) return { box: soon, now: false };
  return cold && { box: cold, now: true };
}

/** Place in the line of the task that a box takes: the first whose weights it has, unless the head of the line has been overtaken long enough. */
export function chooseWaiting<Model>(model: Model | null, line: readonly { model: Model; readySinceMs: number }[], nowMs: number): number {
  if (line.length === 0) return -1;
  if (nowMs - line[0]!.readySinceMs >= OVERTAKEN_MAX_MS) return 0;
  for (let i = 0; i < line.length && i < LOOK_AHEAD; i++) if (line[i]!.model === model) return i;
  return 0;
}
