import type { ScalingPolicy } from './fleet-view.js';
import { stopIdle } from './work-seconds.policy.js';

const DEPTH = 5;
const UTILISATION = 0.8;
const MIN_BOXES = 2;
const MAX_BOXES = 50;
const DELAY_MS = 600_000;

/** The policy of the first design (document 004, 9.3), for comparison: one box more while five wait or four of five are busy, one less after ten idle minutes. */
export const queueDepth: ScalingPolicy = {
  name: 'queue-depth',
  says: 'fewer than 5 waiting, 80 % busy, 2 to 50 boxes, stopped after 10 idle minutes',
  decide({ nowMs, boxes, waiting }) {
    if (boxes.length < MIN_BOXES) return [{ do: 'launch', count: MIN_BOXES - boxes.length, why: `at least ${MIN_BOXES} boxes` }];
    const up = boxes.filter(({ state }) => state !== 'booting').length;
    const busy = boxes.filter(({ state }) => state === 'busy').length;
    if (boxes.length < MAX_BOXES && (waiting.tasks >= DEPTH || (up > 0 && busy / up > UTILISATION)))
      return [{ do: 'launch', count: 1, why: waiting.tasks >= DEPTH ? `${waiting.tasks} tasks wait` : `${busy} of ${up} boxes are busy` }];
    return stopIdle(boxes, boxes.length - MIN_BOXES, nowMs - DELAY_MS, 'idle for ten minutes');
  },
};
