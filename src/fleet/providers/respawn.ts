/** A box that lived shorter than this did not really start. */
export const CRASH_MS = 10_000;
const FIRST_MS = 1000;
const MOST_MS = 60_000;

/** Pause before the next start after `crashes` boxes in a row that did not really start: 1 s, 2 s, 4 s … 1 min. */
export const respawnDelayMs = (crashes: number): number => (crashes === 0 ? 0 : Math.min(MOST_MS, FIRST_MS * 2 ** (crashes - 1)));

/** Crashes in a row, after one more box ended. */
export const crashesAfter = (crashes: number, livedMs: number): number => (livedMs < CRASH_MS ? crashes + 1 : 0);
