import { dayIn } from '@atelier/ui-kit';

/** Calendar days, both included. */
export interface Days {
  from: string;
  to: string;
}

export function addDays(day: string, count: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + count);
  return at.toISOString().slice(0, 10);
}

export const LAST_DAYS = 30;

/** What the address asks for, completed: the last thirty days in the zone; turned round when the ends are crossed. */
export function daysOf(search: { from?: string; to?: string }, zone: string, now: Date): Days {
  const to = search.to ?? dayIn(zone, now);
  const from = search.from ?? addDays(to, 1 - LAST_DAYS);
  return from <= to ? { from, to } : { from: to, to: from };
}

/** Browsers still list some zones under the name of a former spelling; people look for the present one. */
const RENAMED: Readonly<Record<string, string>> = {
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Godthab': 'America/Nuuk',
  'Europe/Kiev': 'Europe/Kyiv',
};

/** Zones worth offering: first the given ones (chosen, the workspace's, the reader's), then UTC, then all that this browser knows. */
export function zonesOf(first: readonly string[]): string[] {
  return [...new Set([...first, 'UTC', ...Intl.supportedValuesOf('timeZone').map((zone) => RENAMED[zone] ?? zone)])];
}
