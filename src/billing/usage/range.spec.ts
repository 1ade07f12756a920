import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { days, hours, isTimeZone, readRange } from './range.js';

const now = new Date('2026-11-21T10:30:00Z');
const range = (from: string, to: string, timeZone: string, byHour = false) => readRange({ from, to, timeZone }, now, byHour);
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Niue',
  'Africa/Cairo',
  'Asia/Beirut',
  'America/Havana',
  'America/Sao_Paulo',
  'Atlantic/Azores',
];

describe('a range', () => {
  it('of calendar dates holds both days whole, in the zone', () => {
    expect(range('2026-11-01', '2026-11-30', 'America/New_York')).toEqual({
      from: new Date('2026-11-01T04:00:00Z'),
      to: new Date('2026-12-01T05:00:00Z'),
      timeZone: 'America/New_York',
    });
  });
  it('of one date is that day', () => {
    expect(range('2026-11-21', '2026-11-21', 'UTC')).toMatchObject({ from: new Date('2026-11-21T00:00:00Z'), to: new Date('2026-11-22T00:00:00Z') });
  });
  it('of instants is half-open', () => {
    expect(range('2026-11-01T12:00:00+01:00', '2026-11-02T00:00:00Z', 'UTC')).toMatchObject({
      from: new Date('2026-11-01T11:00:00Z'),
      to: new Date('2026-11-02T00:00:00Z'),
    });
  });
  it('defaults to the last thirty days of the zone, today included', () => {
    const found = readRange({ timeZone: 'Asia/Tokyo' }, now, false);
    expect(found).toMatchObject({ from: new Date('2026-10-22T15:00:00Z'), to: new Date('2026-11-21T15:00:00Z') });
    expect(days(found)).toHaveLength(30);
  });
  it('begins a day where clocks are put forward at midnight when they are', () => {
    expect(range('2026-04-24', '2026-04-24', 'Africa/Cairo').from).toEqual(new Date('2026-04-23T22:00:00Z'));
  });
  it.each([
    ['Mars/Olympus', '2026-11-01', '2026-11-02', ['/timeZone']],
    ['+01:00', '2026-11-01', '2026-11-02', ['/timeZone']],
    ['UTC', '2026-02-30', 'soon', ['/to', '/from']],
    ['Nowhere', 'x', '2026-11-02T00:00:00', ['/timeZone', '/to', '/from']],
    ['UTC', '2026-11-02', '2026-11-01', ['/to']],
    ['UTC', '2020-01-01', '2026-11-01', ['/from']],
  ])('in %s from %s to %s is refused with every fault', (zone, from, to, pointers) => {
    let errors: unknown;
    try {
      range(from, to, zone);
    } catch (error) {
      errors = (error as { errors: { pointer: string }[] }).errors.map((e) => e.pointer);
    }
    expect(errors).toEqual(pointers);
  });
  it('by hour is at most 31 days', () => {
    expect(() => range('2026-10-01', '2026-11-15', 'UTC', true)).toThrowError(/31 days/);
  });
  it('knows the zones of the IANA database and nothing else', () => {
    expect([...zones, 'Etc/GMT+5', '', '-05:00', 'Europe/Nowhere', "'; DROP"].filter((zone) => !isTimeZone(zone))).toEqual([
      '',
      '-05:00',
      'Europe/Nowhere',
      "'; DROP",
    ]);
  });
});

describe('days and hours', () => {
  it('follow each other without gap or overlap in every zone, through every change of clocks', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2027, 0, 1) }),
        fc.integer({ min: 1, max: 25 * 86_400_000 }),
        (timeZone, start, length) => {
          const whole = { from: new Date(start), to: new Date(start + length), timeZone };
          for (const buckets of [days(whole), hours(whole)]) {
            expect(buckets[0]!.at).toEqual(whole.from);
            for (let i = 1; i < buckets.length; i++) expect(buckets[i]!.at > buckets[i - 1]!.at).toBe(true);
            expect(buckets.at(-1)!.at < whole.to).toBe(true);
            expect(new Set(buckets.map((bucket) => bucket.key)).size).toBe(buckets.length);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
  it('a day of 25 hours has 25 hours', () => {
    expect(hours(range('2026-10-25', '2026-10-25', 'Europe/Berlin', true))).toHaveLength(25);
    expect(hours(range('2026-03-29', '2026-03-29', 'Europe/Berlin', true))).toHaveLength(23);
  });
  it('are named as the zone names them', () => {
    expect(days(range('2026-03-28', '2026-03-30', 'Europe/Berlin')).map(({ at, key, label }) => [at.toISOString(), key, label])).toEqual([
      ['2026-03-27T23:00:00.000Z', '2026-03-28', '28 Mar 2026'],
      ['2026-03-28T23:00:00.000Z', '2026-03-29', '29 Mar 2026'],
      ['2026-03-29T22:00:00.000Z', '2026-03-30', '30 Mar 2026'],
    ]);
  });
  it('a day that Samoa skipped is not there', () => {
    expect(days(range('2011-12-29', '2011-12-31', 'Pacific/Apia')).map((bucket) => bucket.key)).toEqual(['2011-12-29', '2011-12-31']);
  });
  it('hours of a zone with a half-hour offset begin on its own hours', () => {
    expect(hours(range('2026-11-21', '2026-11-21', 'Asia/Kolkata', true))[1]!.key).toBe('2026-11-20T19:30:00.000Z');
  });
});
