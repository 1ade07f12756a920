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

/** Zones worth offering: the workspace's, the reader's, UTC, then all that this browser knows. */
export function zonesOf(first: readonly string[]): string[] {
  return [...new Set([...first, 'UTC', ...Intl.supportedValuesOf('timeZone')])];
}
