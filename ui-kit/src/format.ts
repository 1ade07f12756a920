import { fromMilli, parseMilli } from './credits.js';

/** The reader's language and zone; both can be given for a test or a setting. */
const here = Intl.DateTimeFormat().resolvedOptions();
export const localZone: string = here.timeZone;
const language = typeof navigator === 'undefined' ? 'en' : navigator.language;

const formatters = new Map<string, unknown>();
function cached<T>(key: string, make: () => T): T {
  if (!formatters.has(key)) formatters.set(key, make());
  return formatters.get(key) as T;
}

export function formatNumber(value: number | bigint, locale = language): string {
  return cached(`n${locale}`, () => new Intl.NumberFormat(locale)).format(value);
}

/** A decimal string in the reader's digits, without going through a float: `"5000.5"` → `5,000.5`. */
export function formatCredits(credits: string, locale = language): string {
  const format = cached(`c${locale}`, () => new Intl.NumberFormat(locale, { maximumFractionDigits: 3 }));
  return format.format(fromMilli(parseMilli(credits)) as Intl.StringNumericLiteral);
}

/** The amount with its unit: `1 credit`, `4.5 credits`. */
export function creditsWithUnit(credits: string, locale = language): string {
  return `${formatCredits(credits, locale)} ${parseMilli(credits) === 1000n ? 'credit' : 'credits'}`;
}

/** Millionths of a US dollar, or of another currency (an integer string), with four places, the smallest amount a GPU-second costs: `"8333"` → `$0.0083`. */
export function formatMicros(micros: string, locale = language, currency = 'USD'): string {
  const value = BigInt(micros);
  const size = value < 0n ? -value : value;
  const decimal = `${value < 0n ? '-' : ''}${size / 1_000_000n}.${(size % 1_000_000n).toString().padStart(6, '0')}`;
  const format = cached(
    `m${locale}${currency}`,
    () => new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits: 2, maximumFractionDigits: 4 }),
  );
  return format.format(decimal as Intl.StringNumericLiteral);
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
/** Decimal units, as a disk's label counts: `1_250_000` → `1.3 MB`. */
export function formatBytes(bytes: number, locale = language): string {
  const step = Math.min(BYTE_UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  const unit = BYTE_UNITS[step]!;
  const format = cached(
    `b${unit}${locale}`,
    () => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: step === 0 ? 0 : 1 }),
  );
  return format.format(bytes / 1000 ** step);
}

/** Seconds in one or two units: `6 s`, `1 min 5 s`, `2 h 3 min`. Below ten seconds one decimal when `fine`. */
export function formatSeconds(seconds: number, fine = false): string {
  if (seconds < 60) {
    return `${formatNumber(fine && seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds))} s`;
  }
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  return rest > 0 ? `${minutes} min ${rest} s` : `${minutes} min`;
}

/** An estimate is a range: `6–9 s`; one number when both ends round to the same. At least one second. */
export function formatSecondsRange(low: number, high: number): string {
  const [from, to] = [Math.max(1, Math.round(low)), Math.max(1, Math.round(high))];
  if (from >= to) return `~${formatSeconds(from)}`;
  return to < 60 ? `${formatNumber(from)}–${formatSeconds(to)}` : `${formatSeconds(from)} – ${formatSeconds(to)}`;
}

/** What is left of a task that the server thinks needs `seconds` more: two thirds to four thirds, since early steps mislead. */
export function formatRemaining(seconds: number): string {
  return formatSecondsRange(seconds * 0.67, seconds * 1.33);
}

export function formatDateTime(iso: string, zone = localZone, locale = language): string {
  const format = cached(`d${zone}${locale}`, () => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: zone }));
  return format.format(new Date(iso));
}

/** Date and time with seconds and the zone's name, for tooltips, logs and money: `21 Nov 2026, 14:03:07 UTC`. */
export function formatExact(iso: string, zone = localZone, locale = language): string {
  const format = cached(
    `x${zone}${locale}`,
    () =>
      new Intl.DateTimeFormat(locale, {
        year: 'numeric',
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        timeZoneName: 'short',
        timeZone: zone,
      }),
  );
  return format.format(new Date(iso));
}

/** A calendar day that is a name, not an instant: `2026-11-21` → `21 Nov 2026`, the same in every zone. */
export function formatDay(day: string, locale = language): string {
  return cached(`y${locale}`, () => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })).format(new Date(`${day}T00:00:00Z`));
}

/** The calendar day of an instant in a zone, as the API names days: `2026-11-21`. */
export function dayIn(zone: string, at: Date): string {
  return cached(`i${zone}`, () => new Intl.DateTimeFormat('en-CA', { timeZone: zone })).format(at);
}

const AGO: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
/** `5 minutes ago`; after a week the date itself. */
export function formatAgo(iso: string, now = Date.now(), locale = language): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  if (Math.abs(seconds) > 7 * 86_400) return formatDateTime(iso, localZone, locale);
  const format = cached(`r${locale}`, () => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
  const [unit, size] = AGO.find(([, s]) => Math.abs(seconds) >= s) ?? ['second', 1];
  return format.format(unit === 'second' ? 0 : Math.trunc(seconds / size), unit);
}
