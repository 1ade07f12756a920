import type { Action, BoxView, FleetView, ScalingPolicy } from './fleet-view.js';

/**
 * Square-root staffing: of `a` boxes that are busy on average, about √a more are needed at times. Two margins, so that what was launched is not stopped at
 * the next sway: the smaller one to launch, the larger one to stop.
 */
const LAUNCH_MARGIN = 1.8;
const STOP_MARGIN = 2.4;
/** What the last minutes show counts less than the forecast of an hour that was seen before: they are mostly chance. */
const REACTION = 0.6;
/** Part of the time of a restart that an idle box above the target is kept. */
const HOLD = 0.5;

/**
 * The product's own policy. Its unit is work and not a number of tasks: it keeps as many boxes as the load that is expected, when a box launched now would be
 * ready, will keep busy, with a margin; and as many as clear what waits before a further one would have come.
 */
export const workSeconds: ScalingPolicy = {
  name: 'default',
  says: 'work-seconds with square-root staffing, a forecast by hour of the week, and idle boxes held as long as a restart would justify',
  decide(view) {
    const { nowMs, boxes, waiting, pool } = view;
    const load = expectedLoad(view);
    const restartMs = pool.bootMs + pool.loadMs;
    // What waits is to be gone when a further box would be there; more than that only helps tasks that are served before.
    const backlog = waiting.workMs / restartMs;
    const enough = (margin: number): number => clamp(Math.round(load + margin * Math.sqrt(load) + backlog), pool.minBoxes, pool.maxBoxes);
    const want = Math.max(enough(LAUNCH_MARGIN), waiting.tasks > 0 ? Math.min(1, pool.maxBoxes) : 0);
    if (want > boxes.length)
      return [
        {
          do: 'launch',
          count: want - boxes.length,
          why: `a load of ${load.toFixed(1)} boxes is expected and ${Math.round(waiting.workMs / 1000)} s of work wait`,
        },
      ];
    return stopIdle(boxes, boxes.length - enough(STOP_MARGIN), nowMs - HOLD * restartMs, `a load of ${load.toFixed(1)} boxes is expected`);
  },
};

const expectedLoad = ({ demand: { fast, slow, ahead } }: FleetView): number => {
  const seen = Math.max(fast, slow);
  return ahead === null ? seen : Math.max(ahead, REACTION * seen);
};
const clamp = (n: number, min: number, max: number): number => Math.min(max, Math.max(min, n));

/** Up to `count` boxes that have been idle since `idleBeforeMs`, those that have been idle longest first. */
export function stopIdle(boxes: readonly BoxView[], count: number, idleBeforeMs: number, why: string): Action[] {
  if (count <= 0) return [];
  return boxes
    .filter(({ state, sinceMs }) => state === 'idle' && sinceMs <= idleBeforeMs)
    .toSorted((a, b) => a.sinceMs - b.sinceMs)
    .slice(0, count)
    .map((box) => ({ do: 'stop', box, why }));
}
