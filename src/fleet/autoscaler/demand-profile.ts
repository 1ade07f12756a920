const BIN_MS = 900_000;
const DAY = 96;
const WEEK = 7 * DAY;
/** Days and weeks that a bin's mean remembers: older ones fade. */
const DAYS_KEPT = 7;
const WEEKS_KEPT = 4;
/** Weeks after which the hour of the week counts as much as the hour of the day. */
const WEEKS_TRUSTED = 2;

/** The load of each quarter of an hour, by day and by week, learned as it passes. Time zero is the start of a week. */
export class DemandProfile {
  private readonly day = new Float64Array(DAY);
  private readonly daySeen = new Uint16Array(DAY);
  private readonly week = new Float64Array(WEEK);
  private readonly weekSeen = new Uint16Array(WEEK);
  private bin = 0;
  private workMs = 0;
  private begun = false;

  /** Work that arrived; times never go back. */
  add(atMs: number, workMs: number): void {
    this.passTo(atMs);
    this.workMs += workMs;
  }

  /** Closes the bins that have gone by. The one that is open counts only when it is over. */
  passTo(atMs: number): void {
    const bin = Math.floor(atMs / BIN_MS);
    if (!this.begun) {
      this.begun = true;
      this.bin = bin;
    }
    for (; this.bin < bin; this.bin++) {
      this.learn(this.workMs / BIN_MS);
      this.workMs = 0;
    }
  }

  /** Load at a time, between the middles of bins; null where no such hour has been seen. */
  at(atMs: number): number | null {
    const place = atMs / BIN_MS - 0.5;
    const from = Math.floor(place);
    const before = this.smooth(from);
    const after = this.smooth(from + 1);
    return before === null || after === null ? (before ?? after) : before + (after - before) * (place - from);
  }

  private learn(load: number): void {
    const day = within(this.bin, DAY);
    const week = within(this.bin, WEEK);
    this.day[day]! += (load - this.day[day]!) / Math.min(++this.daySeen[day]!, DAYS_KEPT);
    this.week[week]! += (load - this.week[week]!) / Math.min(++this.weekSeen[week]!, WEEKS_KEPT);
  }

  /** A bin says little alone; its neighbours say half. */
  private smooth(bin: number): number | null {
    let sum = 0;
    let weights = 0;
    for (let i = -1; i <= 1; i++) {
      const load = this.mean(bin + i);
      if (load === null) continue;
      const weight = i === 0 ? 2 : 1;
      sum += weight * load;
      weights += weight;
    }
    return weights === 0 ? null : sum / weights;
  }

  private mean(bin: number): number | null {
    const day = within(bin, DAY);
    const week = within(bin, WEEK);
    if (this.daySeen[day] === 0) return null;
    const seen = Math.min(this.weekSeen[week]!, WEEKS_KEPT);
    const trust = seen / (seen + WEEKS_TRUSTED);
    return trust * this.week[week]! + (1 - trust) * this.day[day]!;
  }
}

const within = (bin: number, cycle: number): number => ((bin % cycle) + cycle) % cycle;
