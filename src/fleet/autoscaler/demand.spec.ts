import { describe, expect, it } from 'vitest';
import { DemandMeter } from './demand-meter.js';
import { DemandProfile } from './demand-profile.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Work that keeps `load(hour)` boxes busy, one task a minute. */
function play(
  into: { add?: (at: number, work: number) => void; arrived?: (at: number, work: number) => void },
  from: number,
  to: number,
  load: (at: number) => number,
): void {
  for (let at = from; at < to; at += 60_000) {
    const work = 60_000 * load(at);
    if (work > 0) (into.add ?? into.arrived)!.call(into, at, work);
  }
}
const office = (at: number): number => (at % DAY >= 9 * HOUR && at % DAY < 17 * HOUR ? 8 : 0);

describe('the load of past days', () => {
  it('is nothing known before an hour was seen', () => {
    const profile = new DemandProfile();
    expect(profile.at(5 * HOUR)).toBeNull();
    profile.add(0, 1000);
    expect(profile.at(5 * HOUR)).toBeNull();
  });
  it('comes back at the same hour of the next day', () => {
    const profile = new DemandProfile();
    play(profile, 0, 3 * DAY, office);
    profile.passTo(3 * DAY);
    expect(profile.at(3 * DAY + 12 * HOUR)).toBeCloseTo(8, 5);
    expect(profile.at(3 * DAY + 3 * HOUR)).toBe(0);
  });
  it('knows weekends, once it has seen some', () => {
    const profile = new DemandProfile();
    const weekdays = (at: number): number => (Math.floor(at / DAY) % 7 < 5 ? office(at) : 0);
    play(profile, 0, 28 * DAY, weekdays);
    profile.passTo(28 * DAY);
    expect(profile.at(29 * DAY + 12 * HOUR)!).toBeGreaterThan(6);
    expect(profile.at(33 * DAY + 12 * HOUR)!).toBeLessThan(3);
  });
});

describe('the load that arrives', () => {
  it('is followed, quickly and slowly', () => {
    const meter = new DemandMeter();
    play(meter, 0, 2 * HOUR, () => 5);
    const { fast, slow } = meter.view(2 * HOUR, 0);
    expect(fast).toBeCloseTo(5, 0);
    expect(slow).toBeCloseTo(5, 0);
    expect(meter.view(2 * HOUR + 600_000, 0).fast).toBeLessThan(1);
  });
  it('is foreseen from other days, before it is there', () => {
    const profile = new DemandProfile();
    play(profile, 0, 5 * DAY, office);
    const meter = new DemandMeter(profile, 5 * DAY);
    const before = meter.view(5 * DAY + 9 * HOUR - 120_000, 200_000);
    expect(before.fast).toBe(0);
    expect(before.ahead!).toBeGreaterThan(1.5);
  });
  it('is foreseen higher on a day that is busier than others', () => {
    const profile = new DemandProfile();
    play(profile, 0, 5 * DAY, office);
    const meter = new DemandMeter(profile, 5 * DAY);
    play(meter, 5 * DAY + 9 * HOUR, 5 * DAY + 12 * HOUR, () => 14);
    expect(meter.view(5 * DAY + 12 * HOUR, 200_000).ahead!).toBeGreaterThan(11);
  });
});
