const WINDOW_MS = 60_000;
/** Bytes a second: a file of 40 GB would take a week. */
const SLOWEST = 64 * 1024;

/** Tells a server that drips from one that is merely slow: minute by minute, so that a fast beginning does not pay for the rest. Times are in milliseconds. */
export class Pace {
  private bytes = 0;
  constructor(private since: number) {}

  isTooSlow(bytes: number, now: number): boolean {
    this.bytes += bytes;
    const elapsed = now - this.since;
    if (elapsed < WINDOW_MS) return false;
    const isSlow = this.bytes < (SLOWEST * elapsed) / 1000;
    [this.since, this.bytes] = [now, 0];
    return isSlow;
  }
}
