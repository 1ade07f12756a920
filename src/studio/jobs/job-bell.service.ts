import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Wakeups } from '../../platform/outbox/index.js';

/** Rings when something of a job changed. A ring says nothing but "look again", and may be lost. */
@Injectable()
export class JobBell implements OnModuleInit, OnModuleDestroy {
  private readonly waiting = new Map<string, Set<() => void>>();
  private unsubscribe: (() => void) | undefined;

  constructor(private readonly wakeups: Wakeups) {}

  onModuleInit(): void {
    this.unsubscribe = this.wakeups.subscribe('job', (id) => this.waiting.get(id)?.forEach((ring) => ring()));
  }

  onModuleDestroy(): void {
    this.unsubscribe?.();
  }

  /** Ends with the next ring, or after `ms`. Asked for before one looks, so that nothing falls between look and wait. */
  next(id: string, ms: number): Promise<void> {
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
