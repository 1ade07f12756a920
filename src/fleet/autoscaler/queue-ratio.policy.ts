import type { ScalingPolicy } from './fleet-view.js';
import { stopIdle } from './work-seconds.policy.js';

const IDLE_MS = 60_000;

/** One box for each task that waits or runs, stopped after an idle minute: what serverless GPU endpoints do, for comparison. */
export const queueRatio: ScalingPolicy = {
  name: 'queue-ratio',
  says: 'one box per waiting or running task, stopped after 60 idle seconds',
  decide({ nowMs, boxes, waiting, pool }) {
    const busy = boxes.filter(({ state }) => state === 'busy').length;
    const want = Math.min(pool.maxBoxes, waiting.tasks + busy);
    if (want > boxes.length) return [{ do: 'launch', count: want - boxes.length, why: `${waiting.tasks} tasks wait and ${busy} run` }];
    return stopIdle(boxes, boxes.length, nowMs - IDLE_MS, 'idle for a minute');
  },
};
