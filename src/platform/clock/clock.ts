/**
 * The process's time. Leases, periods and expiries are decided by the database's `now()`; this clock serves rate limits, caches and
 * timeouts inside one process, and can be replaced in tests.
 */
export abstract class Clock {
  abstract now(): Date;
}

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}

/** A clock that stands still until told otherwise. */
export class ManualClock extends Clock {
  constructor(private at: Date = new Date('2026-01-01T00:00:00Z')) {
    super();
  }
  override now(): Date {
    return new Date(this.at);
  }
  advance(ms: number): void {
    this.at = new Date(this.at.getTime() + ms);
  }
}
