/**
 * Two of the box's four clocks, per task: load (from lease to the engine's start: inputs, weights) and work (engine, upload,
 * completion). Monotonic, so that a corrected wall clock never makes a tenant pay. Boot and idle are the server's to count.
 */
import type { TaskMeter } from '@atelier/contracts';

export class Meter {
  private loadMs = 0;
  private workMs = 0;
  private phase: 'load' | 'work' | 'stopped' = 'load';
  private since: number;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.since = now();
  }

  startWork(): void {
    this.turnTo('work');
  }

  stop(): void {
    this.turnTo('stopped');
  }

  /** Whole milliseconds until now; never decreases. */
  read(): TaskMeter {
    if (this.phase !== 'stopped') this.turnTo(this.phase);
    return { loadMs: Math.round(this.loadMs), workMs: Math.round(this.workMs) };
  }

  private turnTo(phase: 'load' | 'work' | 'stopped'): void {
    const now = this.now();
    if (this.phase === 'load') this.loadMs += now - this.since;
    if (this.phase === 'work') this.workMs += now - this.since;
    this.since = now;
    this.phase = phase;
  }
}
