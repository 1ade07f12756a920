import { DomainError, invalid, type FieldFault } from '../../platform/errors/index.js';

export const GROUPINGS = ['day', 'hour', 'job', 'operation', 'model', 'team', 'user', 'key', 'class'] as const;
export type Grouping = (typeof GROUPINGS)[number];
/** What a report can be narrowed to. */
export const DIMENSIONS = ['operation', 'model', 'team', 'user', 'key', 'class'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Longest ranges, in days. */
const DAYS_MAX = 400;
const DAYS_MAX_BY_HOUR = 31;
const DAYS_DEFAULT = 30;

export const ZONE_FIX = 'Use a name such as Europe/Berlin or UTC.';
export const WHEN_FIX = 'Write 2026-11-30, or 2026-11-30T12:00:00Z with a zone.';

/** Half-open: `from` is in it, `to` is not. */
export interface UsageRange {
  from: Date;
  to: Date;
  timeZone: string;
}

/** A day or hour of a range: begins at `at` and ends where the next begins. */
export interface Bucket {
  at: Date;
  key: string;
  label: string;
}

/** Only names of the IANA database: fixed offsets mean opposite things to different programs. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();
function wallClock(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format)
    formats.set(
      timeZone,
      (format = new Intl.DateTimeFormat('en-US', {
        timeZone,
        calendar: 'gregory',
        hourCycle: 'h23',
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
      })),
    );
  return format;
}

/** What a clock on the wall shows, as if it were UTC, in milliseconds (whole seconds). */
function localMs(timeZone: string, at: number): number {
  const part: Record<string, number> = {};
  for (const { type, value } of wallClock(timeZone).formatToParts(at)) part[type] = Number(value);
  return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!);
}

const localDay = (timeZone: string, at: number): number => Math.floor(localMs(timeZone, at) / DAY_MS);

/**
 * The first instant of a calendar day (given as days since 1970). Where midnight does not exist, because clocks are put forward then,
 * the day begins when they are.
 */
function startOfDay(timeZone: string, day: number): number {
  const begins = (at: number): boolean => localDay(timeZone, at) >= day && localDay(timeZone, at - 1) < day;
  const noon = day * DAY_MS + DAY_MS / 2;
  const midnight = day * DAY_MS - (localMs(timeZone, noon) - noon);
  for (const guess of [midnight, midnight + HOUR_MS, midnight - HOUR_MS]) if (begins(guess)) return guess;
  let before = day * DAY_MS - 16 * HOUR_MS;
  let after = day * DAY_MS + 16 * HOUR_MS;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localDay(timeZone, middle) >= day) after = middle;
    else before = middle;
  }
  return after;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Days since 1970 of a calendar date; null when there is no such date. */
function dayOf(date: string): number | null {
  const at = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== date ? null : at / DAY_MS;
}

/** Whether a text is a calendar date or an instant with its zone. */
export const isWhen = (text: string): boolean => (DATE.test(text) ? dayOf(text) !== null : INSTANT.test(text) && !Number.isNaN(Date.parse(text)));

interface Wish {
  from?: string;
  to?: string;
  timeZone: string;
}

/** Reads a range. A calendar date means that whole day in the zone, also as `to`; an instant means itself. @throws 422 with every fault. */
export function readRange(wish: Wish, now: Date, byHour: boolean): UsageRange {
  const faults: FieldFault[] = [];
  const { timeZone } = wish;
  const zoneKnown = isTimeZone(timeZone);
  if (!zoneKnown)
    faults.push({
      pointer: '/timeZone',
      code: 'time_zone_unknown',
      message: `"${timeZone}" is not a time zone of the IANA database.`,
      fix: ZONE_FIX,
    });
  const read = (name: 'from' | 'to', text: string): number | null => {
    const day = DATE.test(text) ? dayOf(text) : null;
    if (day !== null) return zoneKnown ? startOfDay(timeZone, name === 'to' ? day + 1 : day) : null;
    if (INSTANT.test(text) && !Number.isNaN(Date.parse(text))) return Date.parse(text);
    faults.push({
      pointer: `/${name}`,
      code: 'not_a_date',
      message: `${name} is neither a calendar date nor an instant.`,
      fix: WHEN_FIX,
    });
    return null;
  };
  const askedTo = wish.to === undefined ? undefined : read('to', wish.to);
  const askedFrom = wish.from === undefined ? undefined : read('from', wish.from);
  if (faults.length > 0) throw invalid(faults);
  const to = askedTo ?? startOfDay(timeZone, localDay(timeZone, now.getTime()) + 1);
  const from = askedFrom ?? startOfDay(timeZone, localDay(timeZone, to - 1) - (DAYS_DEFAULT - 1));
  checkLength(from, to, byHour);
  return { from: new Date(from), to: new Date(to), timeZone };
}

function checkLength(from: number, to: number, byHour: boolean): void {
  const daysMax = byHour ? DAYS_MAX_BY_HOUR : DAYS_MAX;
  if (to <= from) throw invalid([{ pointer: '/to', code: 'range_empty', message: 'to does not lie after from.', fix: 'Exchange the two, or leave one out.' }]);
  // A day of summer time may make the range an hour longer.
  if (to - from > daysMax * DAY_MS + 2 * HOUR_MS) {
    throw new DomainError({
      kind: 'invalid',
      code: 'range_too_long',
      detail: `The range is longer than ${daysMax} days${byHour ? ', the most by hour' : ''}. Ask for shorter ranges one after the other.`,
      errors: [{ pointer: '/from', code: 'range_too_long', message: `The range is longer than ${daysMax} days.` }],
    });
  }
}

/** The first instants of the day, ISO week or month that contains `at`, and of the next, in the zone. */
export function periodOf(every: 'day' | 'week' | 'month', at: Date, timeZone: string): { from: Date; to: Date } {
  const day = localDay(timeZone, at.getTime());
  const date = new Date(day * DAY_MS);
  const month = (count: number): number => Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count) / DAY_MS;
  // 1970-01-01 was a Thursday.
  const monday = day - ((((day + 3) % 7) + 7) % 7);
  const [first, next] = { day: [day, day + 1], week: [monday, monday + 7], month: [month(0), month(1)] }[every] as [number, number];
  return { from: new Date(startOfDay(timeZone, first)), to: new Date(startOfDay(timeZone, next)) };
}

/** The days of a range in its zone, without gaps; the first and the last may be cut. */
export function days({ from, to, timeZone }: UsageRange): Bucket[] {
  const buckets: Bucket[] = [];
  const label = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' });
  for (let day = localDay(timeZone, from.getTime()); ; day++) {
    const at = Math.max(from.getTime(), startOfDay(timeZone, day));
    if (at >= to.getTime()) return buckets;
    // A day that a zone skipped altogether (Samoa, 2011-12-30) begins where the next does.
    if (startOfDay(timeZone, day + 1) <= at) continue;
    buckets.push({ at: new Date(at), key: new Date(day * DAY_MS).toISOString().slice(0, 10), label: label.format(day * DAY_MS) });
  }
}

/** The hours of a range, on the hour of the zone's clocks; an hour that is lived twice in autumn is two. */
export function hours({ from, to, timeZone }: UsageRange): Bucket[] {
  const buckets: Bucket[] = [];
  const label = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  });
  const pastHour = (at: number): number => localMs(timeZone, Math.floor(at / 1000) * 1000) % HOUR_MS;
  for (let at = from.getTime(); at < to.getTime();) {
    buckets.push({ at: new Date(at), key: new Date(at).toISOString(), label: label.format(at) });
    const next = at - (pastHour(at) + (at % 1000)) + HOUR_MS;
    const aligned = next - pastHour(next);
    at = aligned > at ? aligned : next;
  }
  return buckets;
}
