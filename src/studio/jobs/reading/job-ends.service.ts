import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Ctx } from '../../../platform/context/index.js';
import { Wakeups } from '../../../platform/outbox/index.js';
import type { JobView } from '../jobs.dto.js';
import { isTerminal } from '../course/job-state.js';
import { JobReader } from './job-reader.service.js';

/** Longer than this no request may hang (`Prefer: wait`). */
export const WAIT_MAX_SECONDS = 60;
/** Should a wake-up be lost. */
const LOOK_MS = 1_000;

/** Lets a caller wait for the end of a job. */
@Injectable()
export class JobEnds implements OnModuleInit, OnModuleDestroy {
  private readonly waiting = new Map<string, Set<() => void>>();
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly reader: JobReader,
    private readonly wakeups: Wakeups,
  ) {}

  onModuleInit(): void {
    this.unsubscribe = this.wakeups.subscribe('job', (id) => this.waiting.get(id)?.forEach((ring) => ring()));
  }

  onModuleDestroy(): void {
    this.unsubscribe?.();
  }

  /** The job when it has ended, or as it is after `seconds`. */
  async wait(ctx: Ctx, id: string, seconds: number): Promise<JobView> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const rung = this.ring(id, Math.min(LOOK_MS, Math.max(0, deadline - Date.now())));
      const { status } = await this.reader.status(ctx, id);
      if (isTerminal(status) || Date.now() >= deadline) return this.reader.get(ctx, id);
      await rung;
    }
  }

  /** Subscribes before the caller looks, so that nothing falls between look and wait. */
  private ring(id: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const bells = this.waiting.get(id) ?? new Set();
      this.waiting.set(id, bells);
      const ring = (): void => {
        clearTimeout(timer);
        bells.delete(ring);
        if (bells.size === 0) this.waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(ring, ms);
      bells.add(ring);
    });
  }
}

/** `Prefer: wait=30` → 30, at most 60; undefined without such a wish. */
export function preferredWait(prefer: string | undefined): number | undefined {
  const asked = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(prefer ?? '')?.[1];
  return asked === undefined ? undefined : Math.min(WAIT_MAX_SECONDS, Number(asked));
}
