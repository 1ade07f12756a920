import { randomUUID } from 'node:crypto';
import { Queue, Worker, type Job } from 'bullmq';
import { assertNoTransaction } from '../database/index.js';

/** A worker that never waits by itself and therefore needs no blocking connection of its own. */
class TicketTaker extends Worker {
  protected override createBackend(): void {
    const self = this as unknown as { backend: unknown; backendFactory: (name: string, opts: unknown, more: unknown) => unknown; name: string; opts: unknown };
    self.backend = self.backendFactory(self.name, self.opts, {});
  }
}

/** The FIFO of tickets of one lane. A ticket is `<taskId>_<attempt>`; nothing else is stored. */
export class LaneQueue {
  private readonly queue: Queue;
  private readonly taker: TicketTaker;
  private readonly taken = new Map<string, Job>();
  private readonly token = randomUUID();

  constructor(name: string, options: { connection: unknown; prefix?: string }) {
    const shared = { ...options, skipVersionCheck: true } as never;
    this.queue = new Queue(name, { ...(shared as object), defaultJobOptions: { removeOnComplete: true, removeOnFail: true } } as never);
    this.taker = new TicketTaker(name, null, { ...(shared as object), autorun: false, lockDuration: 30_000, skipStalledCheck: true } as never);
    // A lost connection shows itself in the call that fails; without listeners these would end the process.
    this.queue.on('error', () => undefined);
    this.taker.on('error', () => undefined);
  }

  /** Adding a ticket that is already there changes nothing. */
  async addTickets(ids: readonly string[]): Promise<void> {
    assertNoTransaction('a lane queue');
    if (ids.length === 1) await this.queue.add('t', {}, { jobId: ids[0]! });
    else if (ids.length > 1) await this.queue.addBulk(ids.map((jobId) => ({ name: 't', data: {}, opts: { jobId } })));
  }

  async addTicket(id: string): Promise<void> {
    await this.addTickets([id]);
  }

  /** The oldest ticket, or null. Follow with `done` as soon as the row was claimed or found to be somebody else's. */
  async take(): Promise<string | null> {
    assertNoTransaction('a lane queue');
    const job = (await this.taker.getNextJob(this.token, { block: false })) as Job | undefined;
    if (!job?.id) return null;
    this.taken.set(job.id, job);
    return job.id;
  }

  async done(id: string): Promise<void> {
    assertNoTransaction('a lane queue');
    const job = this.taken.get(id);
    this.taken.delete(id);
    // A ticket whose lock went to somebody else is theirs to finish; the row's compare-and-set already decided.
    await job?.moveToCompleted('', this.token, false).catch(() => undefined);
  }

  /** Tickets waiting to be taken. */
  async count(): Promise<number> {
    const { waiting = 0 } = await this.queue.getJobCounts('waiting');
    return waiting;
  }

  /** Forgets every ticket. The rows bring back what is still needed. */
  async drainAll(): Promise<void> {
    assertNoTransaction('a lane queue');
    await this.queue.obliterate({ force: true });
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.taker.close(true), this.queue.close()]);
  }
}
