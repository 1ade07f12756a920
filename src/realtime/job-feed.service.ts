import { TERMINAL_JOB_STATUSES, type JobEvent } from '@atelier/contracts';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { systemCtx, type Ctx } from '../platform/context/index.js';
import { outsideTransaction } from '../platform/database/index.js';
import { Wakeups } from '../platform/outbox/index.js';
import { log } from '../platform/telemetry/index.js';
import { Jobs } from '../studio/jobs/index.js';
import { LiveJob, PAGE } from './live-job.js';

/** A watcher looks by itself this often, should a ring be lost. */
const LOOK_MS = 5000;

/**
 * The stored events of a job, replayed and followed: the one source of SSE, WebSocket and socket.io. Processes share nothing but the
 * database. Whoever reads slowly holds up nobody: he falls behind the window and reads the store himself.
 */
@Injectable()
export class JobFeed implements OnModuleInit, OnModuleDestroy {
  private readonly log = log('realtime');
  private readonly readers = new Map<string, LiveJob>();
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly jobs: Jobs,
    private readonly wakeups: Wakeups,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.wakeups.subscribe('job', (jobId) => this.readers.get(jobId)?.wake());
  }

  onModuleDestroy(): void {
    this.unsubscribe();
    for (const reader of this.readers.values()) reader.stop();
  }

  /**
   * Batches of events with an id above `afterId`, oldest first, until those that end the job were given or `signal` aborts. Null when the job
   * has ended and there is nothing after `afterId`.
   * @throws DomainError 404 for a job that `ctx` may not see
   */
  async open(ctx: Ctx, jobId: string, afterId: number, signal: AbortSignal): Promise<AsyncIterable<JobEvent[]> | null> {
    // Reading it as the caller decides what the caller may see, and notes it where an audited right was needed.
    const { status, parameters } = await this.jobs.get(ctx, jobId);
    const events = await this.eventsOf(ctx.tenantId, jobId, TERMINAL_JOB_STATUSES.includes(status), afterId, signal);
    return events && parameters === null ? withoutContent(events) : events;
  }

  private async eventsOf(tenantId: string, jobId: string, ended: boolean, afterId: number, signal: AbortSignal): Promise<AsyncIterable<JobEvent[]> | null> {
    if (!ended) return this.live(tenantId, jobId, afterId, signal);
    const first = await this.stored(tenantId, jobId, afterId);
    return first.length === 0 ? null : this.replay(tenantId, jobId, first, signal);
  }

  private async *replay(tenantId: string, jobId: string, first: JobEvent[], signal: AbortSignal): AsyncGenerator<JobEvent[]> {
    for (let page = first; page.length > 0 && !signal.aborted; page = await this.stored(tenantId, jobId, page.at(-1)!.id)) yield page;
  }

  private async *live(tenantId: string, jobId: string, afterId: number, signal: AbortSignal): AsyncGenerator<JobEvent[]> {
    const reader = this.readerOf(tenantId, jobId);
    const watcher = reader.join();
    try {
      for (let at = afterId; !signal.aborted;) {
        const behind = at < reader.window.base;
        const fresh = behind ? await this.stored(tenantId, jobId, at) : reader.window.after(at);
        const last = fresh.at(-1);
        if (last) {
          yield fresh;
          at = last.id;
        } else if (behind) {
          at = reader.window.base; // what was there is purged
        } else if (reader.ended) {
          return;
        } else {
          await watcher.wait(LOOK_MS, signal);
        }
      }
    } finally {
      reader.leave(watcher);
      if (!reader.watched) {
        reader.stop();
        if (this.readers.get(jobId) === reader) this.readers.delete(jobId);
      }
    }
  }

  private readerOf(tenantId: string, jobId: string): LiveJob {
    const known = this.readers.get(jobId);
    if (known) return known;
    const reader = new LiveJob(
      (afterId, limit) => this.jobs.eventsAfter(systemCtx(tenantId, 'realtime'), jobId, afterId, limit),
      (error) => this.log.debug({ err: error, jobId }, 'the events of a job could not be read; trying again'),
    );
    this.readers.set(jobId, reader);
    void outsideTransaction(() => reader.run());
    return reader;
  }

  private stored(tenantId: string, jobId: string, afterId: number): Promise<JobEvent[]> {
    return this.jobs.eventsAfter(systemCtx(tenantId, 'realtime'), jobId, afterId, PAGE);
  }
}

/** For those who may know of a job but not see what it makes. */
async function* withoutContent(batches: AsyncIterable<JobEvent[]>): AsyncGenerator<JobEvent[]> {
  for await (const batch of batches) yield batch.filter((event) => event.type !== 'preview' && event.type !== 'complete');
}
