import { Queue, type RedisQueueBackend } from 'bullmq';
import { assertNoTransaction } from '../database/index.js';

/** The tickets of one lane. A ticket is `<taskId>_<attempt>`; nothing else is stored. */
export class LaneQueue {
  private readonly queue: Queue;

  constructor(
    name: string,
    private readonly backend: 'postgres' | 'redis',
    options: { connection: unknown; prefix?: string },
  ) {
    this.queue = new Queue(name, { ...options, skipVersionCheck: true, defaultJobOptions: { removeOnComplete: true, removeOnFail: true } } as never);
    // A lost connection shows itself in the call that fails; without a listener this would end the process.
    this.queue.on('error', () => undefined);
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

  /**
   * True for exactly one of all who ask for this ticket, until it is added again. It is gone then: whoever dies with it in his hand leaves nothing behind, and it
   * can be added again at once.
   */
  async take(id: string): Promise<boolean> {
    assertNoTransaction('a lane queue');
    // On Redis `remove` is content when there is nothing to remove; the job's own key goes to one only.
    if (this.backend === 'redis' && (await this.deleteKey(id)) === 0) return false;
    return (await this.queue.remove(id, { removeChildren: false })) === 1;
  }

  private async deleteKey(id: string): Promise<number> {
    const redis = this.queue.getBackend() as unknown as RedisQueueBackend;
    return (await redis.client).del(redis.toKey(id));
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
    await this.queue.close();
  }
}
