import type { DemandView } from './fleet-view.js';
import { DemandProfile } from './demand-profile.js';

const FAST_MS = 300_000;
const SLOW_MS = 900_000;
/** How long today may differ from other days before that is believed. */
const TREND_MS = 3_600_000;
/** Today is taken to be at most so much busier or quieter than other days. */
const TREND_MAX = 2.5;
/** Load that both sides of the comparison get, so that a quiet night does not double the morning. */
const TREND_PRIOR = 0.3;

/** Follows the load that arrives, in boxes kept busy. Exponential means that forget by time, so it costs the same however much arrives. */
export class DemandMeter {
  private fast = 0;
  private slow = 0;
  private today = 0;
  private usual = 0;
  private atMs: number;

  constructor(
    private readonly profile = new DemandProfile(),
    startMs = 0,
  ) {
    this.atMs = startMs;
  }

  arrived(atMs: number, workMs: number): void {
    this.passTo(atMs);
    this.fast += workMs / FAST_MS;
    this.slow += workMs / SLOW_MS;
    this.today += workMs / TREND_MS;
    this.profile.add(atMs, workMs);
  }

  /** `leadMs`: how far ahead a launch made now takes effect. */
  view(nowMs: number, leadMs: number): DemandView {
    this.passTo(nowMs);
    this.profile.passTo(nowMs);
    const ahead = this.profile.at(nowMs + leadMs);
    const trend = (this.today + TREND_PRIOR) / (this.usual + TREND_PRIOR);
    return { fast: this.fast, slow: this.slow, ahead: ahead === null ? null : ahead * Math.min(TREND_MAX, Math.max(1 / TREND_MAX, trend)) };
  }

  private passTo(nowMs: number): void {
    const passed = nowMs - this.atMs;
    if (passed <= 0) return;
    this.atMs = nowMs;
    this.fast *= Math.exp(-passed / FAST_MS);
    this.slow *= Math.exp(-passed / SLOW_MS);
    const keep = Math.exp(-passed / TREND_MS);
    this.today *= keep;
    this.usual = this.usual * keep + (this.profile.at(nowMs) ?? this.today) * (1 - keep);
  }
}
