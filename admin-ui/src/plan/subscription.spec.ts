import type { OfferedPlan, SubscriptionView } from '@atelier/ui-kit';
import { describe, expect, it } from 'vitest';
import { courseOf, monthlyMicros } from './subscription.js';

const plan = (name: string, price: number | null, seat: number | null = null): OfferedPlan =>
  ({ plan: name, priceMicrosPerMonth: price === null ? null : String(price), seatPriceMicros: seat === null ? null : String(seat) }) as OfferedPlan;
const standard = plan('standard', 19_000_000);
const pro = plan('pro', 49_000_000, 12_000_000);
const has = (name: string, seatsExtra = 0, status = 'active'): SubscriptionView => ({ plan: name, seatsExtra, status }) as SubscriptionView;

describe('what a wish for another plan means', () => {
  it('is a page to pay on where there is no subscription, and a trial for Pro the first time', () => {
    expect(courseOf({ plan: standard, seatsExtra: 0 }, null, null, true)).toBe('checkout');
    expect(courseOf({ plan: pro, seatsExtra: 0 }, null, null, true)).toBe('trial');
    expect(courseOf({ plan: pro, seatsExtra: 0 }, null, null, false)).toBe('checkout');
  });
  it('is now for more and the next period for less, in plans as in seats', () => {
    expect(courseOf({ plan: pro, seatsExtra: 0 }, has('standard'), '19000000', false)).toBe('atOnce');
    expect(courseOf({ plan: standard, seatsExtra: 0 }, has('pro'), '49000000', false)).toBe('later');
    expect(courseOf({ plan: pro, seatsExtra: 3 }, has('pro', 1), '49000000', false)).toBe('seatsAtOnce');
    expect(courseOf({ plan: pro, seatsExtra: 0 }, has('pro', 1), '49000000', false)).toBe('later');
  });
  it('costs nothing and is now during a trial', () => {
    expect(courseOf({ plan: standard, seatsExtra: 0 }, has('pro', 0, 'trialing'), '49000000', false)).toBe('inTrial');
  });
  it('costs the plan and its further seats, to the micro-dollar', () => {
    expect(monthlyMicros({ plan: pro, seatsExtra: 2 })).toBe('73000000');
    expect(monthlyMicros({ plan: plan('enterprise', null), seatsExtra: 0 })).toBeNull();
  });
});
