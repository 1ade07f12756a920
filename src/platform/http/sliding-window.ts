import type { Verdict } from './gcra.js';

/** Calls closer together than this are kept as one entry, so an hour is at most 3,600 of them whatever the limit. */
const GRAIN_MS = 1000;

/**
 * The calls of one caller within the last window. In no window do more than `limit` pass; with the clock standing still exactly `limit`. An
 * entry counts from its latest call, so a place may come free up to one second late, never early.
 */
export class SlidingWindow {
  private readonly entries: { first: number; last: number; calls: number }[] = [];
  private total = 0;

  constructor(private readonly windowMs: number) {}

  take(nowMs: number, limit: number, calls = 1): Verdict {
    const newest = this.entries.at(-1);
    const now = Math.max(nowMs, newest?.last ?? 0);
    while (this.entries[0] && this.entries[0].last + this.windowMs <= now) this.total -= this.entries.shift()!.calls;
    const allowed = this.total + calls <= limit;
    const retryAfterMs = allowed ? 0 : this.waitFor(this.total + calls - limit, now);
    if (allowed && calls > 0) this.add(now, calls);
    const last = this.entries.at(-1);
    return { allowed, remaining: Math.max(0, limit - this.total), resetMs: last ? last.last + this.windowMs - now : 0, retryAfterMs };
  }

  private add(now: number, calls: number): void {
    const newest = this.entries.at(-1);
    this.total += calls;
    if (newest && now - newest.first < GRAIN_MS) {
      newest.calls += calls;
      newest.last = now;
    } else this.entries.push({ first: now, last: now, calls });
  }

  /** Milliseconds until at least `calls` of the counted ones have left the window. */
  private waitFor(calls: number, now: number): number {
    let left = calls;
    for (const entry of this.entries) {
      left -= entry.calls;
      if (left <= 0) return entry.last + this.windowMs - now;
    }
    return this.windowMs;
  }
}
