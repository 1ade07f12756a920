import { describe, expect, it } from 'vitest';
import type { Need } from '../../accounts/tenants/index.js';
import { covers, shortfall } from './entitlement.js';
import type { PlanLimits } from './plan.js';
import { planRequired } from './plans.errors.js';

const free: PlanLimits = {
  ...{ creditsPerMonthMilli: '100000', apiPerMinute: 100, generationsPerHour: 10, uploadsPerHour: 20, runningJobs: 1, sideMax: 512, videosPerMonth: 0 },
  ...{ customModels: 0, gpuClasses: ['CPU', 'T4', 'L4'], apiKeys: false, sso: false, weight: 1, storageBytes: 5e9, seats: 1 },
};
const pro: PlanLimits = {
  ...free,
  sideMax: 2048,
  videosPerMonth: 50,
  customModels: 25,
  gpuClasses: ['CPU', 'A100'],
  apiKeys: true,
  storageBytes: 250e9,
  seats: 5,
};
const open: PlanLimits = { ...pro, sideMax: null, videosPerMonth: null, customModels: null, storageBytes: null, seats: null, sso: true };

const needs: [Need, boolean, boolean][] = [
  [{ limit: 'apiKeys' }, false, true],
  [{ limit: 'sso' }, false, false],
  [{ limit: 'seats', used: 1 }, false, true],
  [{ limit: 'seats', used: 5 }, false, false],
  [{ limit: 'customModels', used: 24 }, false, true],
  [{ limit: 'customModels', used: 25 }, false, false],
  [{ limit: 'videosPerMonth', used: 0 }, false, true],
  [{ limit: 'videosPerMonth', used: 50, resetsAt: new Date(0) }, false, false],
  [{ limit: 'sideMax', pixels: 512, pointer: '/width' }, true, true],
  [{ limit: 'sideMax', pixels: 2056, pointer: '/width' }, false, false],
  [{ limit: 'gpuClasses', anyOf: ['A100', 'H100'] }, false, true],
  [{ limit: 'storageBytes', usedBytes: 4e9, bytes: 1e9 }, true, true],
  [{ limit: 'storageBytes', usedBytes: 4e9, bytes: 1e9 + 1 }, false, true],
];

describe('what a plan includes', () => {
  it.each(needs)('%j: small plan %s, larger plan %s', (need, small, large) => {
    expect([covers(free, need), covers(pro, need)]).toEqual([small, large]);
  });
  it('a plan without limits covers everything that some machine can do', () => {
    for (const [need] of needs) expect(covers(open, need), need.limit).toBe(true);
    expect(covers(open, { limit: 'sideMax', pixels: 4104, pointer: '/width' })).toBe(false);
  });
  it('a refusal has one shape for all: the limit, the plan one has, the plan that has it', () => {
    for (const [need, covered] of needs) {
      if (covered) continue;
      const refused = planRequired(need, { name: 'Free', limits: free }, 'Pro');
      expect(refused).toMatchObject({ kind: 'forbidden', code: 'plan_required', extra: { limit: need.limit, plan: 'Free', planRequired: 'Pro' } });
      expect(refused.detail).toMatch(/^Your plan Free .+ the plan Pro\.$/);
      expect(refused.detail).not.toMatch(/undefined|null/);
    }
    expect(planRequired({ limit: 'sso' }, { name: 'Pro', limits: pro }, null).detail).toBe('Your plan Pro has no single sign-on. Move to a larger plan.');
    expect(shortfall(pro, { limit: 'seats', used: 5 })).toEqual({ has: 'has 5 seats, and they are all taken', instead: 'Free one' });
  });
});
