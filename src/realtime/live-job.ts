import type { JobEvent } from '@atelier/contracts';
import { Doorbell } from './doorbell.js';
import { EventWindow } from './event-window.js';

const WINDOW = 256;
export const PAGE = 200;
/** Wake-ups may be lost; a look may not. */
const LOOK_MS = 1000;

type Read = (afterId: number, limit: number) => Promise<JobEvent[]>;

/** Reads the stored events of one live job once for everybody in this process who watches it. */
export class LiveJob {
  readonly window = new EventWindow(WINDOW);
  private readonly watchers = new Set<Doorbell>();
  private readonly bell = new Doorbell();
  private readonly stopping = new AbortController();
  private finished = false;

  constructor(
    private readonly read: Read,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** The last event is in the window, or the job is gone. */
  get ended(): boolean {
    return this.finished;
  }
  get watched(): boolean {
    return this.watchers.size > 0;
  }

  join(): Doorbell {
    const watcher = new Doorbell();
    this.watchers.add(watcher);
    return watcher;
  }

  leave(watcher: Doorbell): void {
    this.watchers.delete(watcher);
  }

  /** There may be something new. */
  wake(): void {
    this.bell.ring();
  }

  stop(): void {
    this.stopping.abort();
  }

  async run(): Promise<void> {
    while (!this.stopping.signal.aborted && !this.finished) {
      await this.look().catch(this.onError);
      if (!this.finished) await this.bell.wait(LOOK_MS, this.stopping.signal);
    }
    this.ring();
  }

  private async look(): Promise<void> {
    let batch: JobEvent[];
    do {
      batch = await this.read(this.window.cursor, PAGE);
      this.window.add(batch);
      if (batch.length > 0) this.ring();
    } while (batch.length === PAGE && !this.stopping.signal.aborted);
    // What ends a job is written in one transaction, so nothing is missing once it was seen and read to the end.
    this.finished = this.window.sawEnd;
  }

  private ring(): void {
    for (const watcher of this.watchers) watcher.ring();
  }
}
