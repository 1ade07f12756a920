import type { ScalingPolicy } from './fleet-view.js';
import { queueDepth } from './queue-depth.policy.js';
import { queueRatio } from './queue-ratio.policy.js';
import { workSeconds } from './work-seconds.policy.js';

/** Those that a pool or a simulation may choose, by name; the first is the product's own. */
export const POLICIES: ReadonlyMap<string, ScalingPolicy> = new Map([workSeconds, queueDepth, queueRatio].map((policy) => [policy.name, policy]));
