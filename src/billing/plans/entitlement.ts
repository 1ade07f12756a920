import { PARAMETER_LIMITS } from '@atelier/contracts';
import type { Need } from '../../accounts/tenants/index.js';
import type { PlanLimits } from './plan.js';

const within = (wanted: number, limit: number | null): boolean => limit === null || wanted <= limit;

/** Pixels; a plan without a limit has that of the engines. */
export const sideMax = (limits: PlanLimits): number => limits.sideMax ?? PARAMETER_LIMITS.sideMax;

/** Whether limits of a plan cover what somebody wants: the one place that says so. */
export function covers(limits: PlanLimits, need: Need): boolean {
  switch (need.limit) {
    case 'apiKeys':
    case 'sso':
      return limits[need.limit];
    case 'seats':
    case 'customModels':
    case 'videosPerMonth':
      return within(need.used + 1, limits[need.limit]);
    case 'sideMax':
      return within(need.pixels, sideMax(limits));
    case 'gpuClasses':
      return limits.gpuClasses.some((name) => need.anyOf.includes(name));
    case 'storageBytes':
      return within(need.usedBytes + need.bytes, limits.storageBytes);
  }
}

const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** What the plan has instead, as the end of "Your plan Free …", and what helps but a larger one. */
export function shortfall(limits: PlanLimits, need: Need): { has: string; instead: string | null } {
  switch (need.limit) {
    case 'apiKeys':
      return { has: 'has no API keys', instead: null };
    case 'sso':
      return { has: 'has no single sign-on', instead: null };
    case 'seats':
      return { has: `has ${limits.seats} seats, and they are all taken`, instead: 'Free one' };
    case 'customModels':
      return limits.customModels === 0
        ? { has: 'holds no models of your own', instead: null }
        : { has: `holds ${limits.customModels} models of your own, and they are all taken`, instead: 'Delete one' };
    case 'videosPerMonth':
      return limits.videosPerMonth === 0
        ? { has: 'makes no videos', instead: null }
        : { has: `makes ${limits.videosPerMonth} videos a month, and they are used up until ${need.resetsAt?.toISOString()}`, instead: 'Wait until then' };
    case 'sideMax':
      return { has: `makes pictures of at most ${sideMax(limits)} pixels a side, this one has ${need.pixels}`, instead: 'Choose a smaller size' };
    case 'gpuClasses':
      return { has: `does not include ${need.anyOf.join(' or ')}, which the model runs on`, instead: 'Choose another model' };
    case 'storageBytes':
      return {
        has: `stores ${gb(limits.storageBytes!)}, of which ${gb(need.usedBytes)} are in use; the file does not fit`,
        instead: 'Delete what you no longer need',
      };
  }
}
