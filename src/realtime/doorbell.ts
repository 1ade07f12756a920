/** Wakes one waiter. A ring that nobody waited for is kept, so that none is lost between two looks. */
export class Doorbell {
  private rung = false;
  private answer: (() => void) | undefined;

  ring(): void {
    this.rung = true;
    this.answer?.();
  }

  /** Returns at the next ring, after `ms`, or when `signal` aborts, whichever comes first. */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.rung && !signal?.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal?.addEventListener('abort', done);
        this.answer = done;
      });
      this.answer = undefined;
    }
    this.rung = false;
  }
}
