/**
 * Whether this process may take leases away. A lease runs out because its box was silent, or because the box could not be heard: our database was away, this
 * process was stopped, the machine slept. So a process sweeps only after it has itself written to the database without a gap for one whole lease; by then every
 * living box has had time to be heard again.
 *
 * Times are monotonic milliseconds of this process.
 */
export class SteadyWrites {
  private since = -Infinity;
  private last = -Infinity;

  /** @param leaseTtlMs also sets the longest pause between two writes that is no gap: half a lease, which leaves a box the other half to be heard in */
  constructor(private readonly leaseTtlMs: number) {}

  /** A write has arrived. `begunAt`: when it was sent. A write that took long proves nothing about the time meanwhile. */
  wrote(begunAt: number, endedAt: number): void {
    if (begunAt - this.last > this.leaseTtlMs / 2 || endedAt - begunAt > this.leaseTtlMs / 2) this.since = endedAt;
    this.last = endedAt;
  }

  isSteady(now: number): boolean {
    return now - this.last <= this.leaseTtlMs / 2 && now - this.since >= this.leaseTtlMs;
  }
}
