import { TERMINAL_JOB_STATUSES, type JobEvent } from '@atelier/contracts';

/**
 * The newest stored events of one job, shared by all who watch it in this process. Holds everything with `base < id ≤ cursor`; whoever is
 * behind `base` reads the store himself. Ids may have gaps: purged events are simply not there.
 */
export class EventWindow {
  private events: JobEvent[] = [];
  private from = 0;
  private upTo = 0;
  private ended = false;

  constructor(private readonly size: number) {}

  get base(): number {
    return this.from;
  }
  get cursor(): number {
    return this.upTo;
  }
  /** A terminal status has been seen: nothing follows the transaction that wrote it. */
  get sawEnd(): boolean {
    return this.ended;
  }

  add(batch: readonly JobEvent[]): void {
    for (const event of batch) {
      if (event.id <= this.upTo) continue;
      this.events.push(event);
      this.upTo = event.id;
      this.ended ||= isEnd(event);
    }
    const surplus = this.events.splice(0, Math.max(0, this.events.length - this.size));
    this.from = surplus.at(-1)?.id ?? this.from;
  }

  after(id: number): JobEvent[] {
    const start = this.events.findIndex((event) => event.id > id);
    return start < 0 ? [] : this.events.slice(start);
  }
}

export const isEnd = (event: JobEvent): boolean => event.type === 'status' && TERMINAL_JOB_STATUSES.includes(event.data.status);
