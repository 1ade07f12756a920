const MINUTE = 60;
const HOUR = 3600;
/** Pauses after the first, second … attempt, as the specification proposes: ten attempts over a little more than three days. */
const PAUSES_SECONDS = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR] as const;
/** Spreads what failed together. */
const JITTER = 0.1;
const ASKED_MAX_SECONDS = 24 * HOUR;

/**
 * Seconds until the attempt after the `round`-th; null when that was the last. `chance` is from 0 to 1. A receiver that asks for a longer pause
 * (`Retry-After`) gets it, up to a day.
 */
export function pauseSeconds(round: number, chance: number, askedSeconds: number | null): number | null {
  const pause = PAUSES_SECONDS[round - 1];
  if (pause === undefined) return null;
  return Math.max(pause * (1 + JITTER * chance), Math.min(askedSeconds ?? 0, ASKED_MAX_SECONDS));
}

/** `Retry-After` as seconds: a number, or a date. */
export function askedPause(header: string | undefined, now: Date): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}
