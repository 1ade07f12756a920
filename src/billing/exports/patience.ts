import type { Export } from './export.js';

type Tried = Pick<Export, 'scheduleId' | 'attempts' | 'error'>;

const TRIES = 3;
const RETRY_SECONDS = 5;
/** With pauses that grow to an hour: a day. */
const TRIES_OF_SCHEDULE = 30;
const PAUSE_MAX_SECONDS = 3600;

/**
 * Seconds until a file is tried again that could not be written; null: it is given up. Somebody waits for a file that was ordered, and orders it again. One of
 * a schedule nobody would order again, so that it outlives a night without storage.
 */
export function retryAfter({ scheduleId, attempts }: Omit<Tried, 'error'>): number | null {
  if (scheduleId === null) return attempts < TRIES ? RETRY_SECONDS : null;
  return attempts < TRIES_OF_SCHEDULE ? Math.min(PAUSE_MAX_SECONDS, RETRY_SECONDS * 4 ** (attempts - 1)) : null;
}

/** Nothing is left to try: all tries failed, or each of the first ended with its process and nobody could say why. */
export const isSpent = (found: Tried): boolean =>
  retryAfter({ ...found, attempts: found.attempts - 1 }) === null || (found.error === null && found.attempts > TRIES);
