import { describe, expect, it } from 'vitest';
import { addDays, daysOf, zonesOf } from './range.js';

describe('range of the usage report', () => {
  it('without a wish it is the last thirty days of the zone, today included', () => {
    const now = new Date('2026-11-21T22:00:00Z');
    expect(daysOf({}, 'UTC', now)).toEqual({ from: '2026-10-23', to: '2026-11-21' });
    expect(daysOf({}, 'Asia/Tokyo', now)).toEqual({ from: '2026-10-24', to: '2026-11-22' });
  });

  it('crossed ends are turned round', () => {
    expect(daysOf({ from: '2026-03-02', to: '2026-02-27' }, 'UTC', new Date())).toEqual({ from: '2026-02-27', to: '2026-03-02' });
  });

  it('days are added over months, leap years and changes of the clock', () => {
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(addDays('2026-03-29', 1)).toBe('2026-03-30');
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
  });

  it('each zone is offered once, the likely ones first', () => {
    const zones = zonesOf(['Europe/Berlin', 'UTC']);
    expect(zones.slice(0, 2)).toEqual(['Europe/Berlin', 'UTC']);
    expect(new Set(zones).size).toBe(zones.length);
    expect(zones).toContain('Asia/Kolkata');
    expect(zones).not.toContain('Asia/Calcutta');
  });
});
