/**
 * When the box speaks: every `heartbeatMs` at least, at most twice a second for progress, at once for what cannot wait (the first
 * `running`, a wish to upload). One beat at a time; a failed one is repeated sooner than the rhythm, because leases hang on it.
 */
import type { HeartbeatResponse } from '@atelier/contracts';
import { sleep } from './backoff.js';

const PROGRESS_GAP_MS = 500;
const RETRY_MS = 1_000;

export class HeartbeatLoop {
  private readonly stopped = new AbortController();
  private wake = new AbortController();
  private dueAt = 0;
  private lastAt = -Infinity;

  /** @param send makes and sends one beat; rejects when no answer came. @param onAnswer is told of each answer. */
  constructor(
    private readonly everyMs: number,
    private readonly send: () => Promise<HeartbeatResponse>,
    private readonly onAnswer: (answer: HeartbeatResponse) => void,
  ) {}

  /** Ends with `stop`; rejects with what `send` threw when that is no passing fault. */
  async run(isPassing: (error: unknown) => boolean): Promise<void> {
    while (!this.stopped.signal.aborted) {
      await this.untilDue();
      if (this.stopped.signal.aborted) return;
      this.lastAt = performance.now();
      this.dueAt = this.lastAt + this.everyMs;
      try {
        this.onAnswer(await this.send());
      } catch (error) {
        if (this.stopped.signal.aborted) return;
        if (!isPassing(error)) throw error;
        this.dueAt = Math.min(this.dueAt, performance.now() + Math.min(RETRY_MS, this.everyMs));
      }
    }
  }

  /** Brings the next beat forward. */
  hasNews(urgency: 'urgent' | 'soon'): void {
    const at = urgency === 'urgent' ? 0 : this.lastAt + PROGRESS_GAP_MS;
    if (at >= this.dueAt) return;
    this.dueAt = at;
    this.wake.abort();
  }

  stop(): void {
    this.stopped.abort();
    this.wake.abort();
  }

  private async untilDue(): Promise<void> {
    while (!this.stopped.signal.aborted && performance.now() < this.dueAt) {
      this.wake = new AbortController();
      await sleep(this.dueAt - performance.now(), this.wake.signal);
    }
  }
}
