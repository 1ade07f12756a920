import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { coreConfig, type ConfigOf } from '../config/index.js';
import { outsideTransaction } from '../database/index.js';
import { log } from '../telemetry/index.js';

/** Runs the queries that find unfinished rows, so that losing every event and every ticket loses nothing but seconds. */
@Injectable()
export class Sweeper implements BeforeApplicationShutdown {
  private readonly log = log('platform/sweeper');
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  private stopping = false;

  constructor(@Inject(coreConfig.token) private readonly config: ConfigOf<typeof coreConfig>) {}

  /** First run after one period (jittered, so that processes spread out); a run is skipped while the one before goes on. Errors are logged. */
  every(name: string, ms: number, fn: () => Promise<void>): void {
    if (this.config.role === 'api') return;
    let busy = false;
    const tick = (): void => {
      if (busy || this.stopping) return;
      busy = true;
      const run = outsideTransaction(fn)
        .catch((error: unknown) => this.log.warn({ err: error, sweep: name }, 'a sweep failed; it runs again'))
        .finally(() => {
          busy = false;
          this.running.delete(run);
        });
      this.running.add(run);
    };
    const start = setTimeout(
      () => {
        this.timers.delete(start);
        if (this.stopping) return;
        tick();
        const timer = setInterval(tick, ms);
        timer.unref();
        this.timers.add(timer);
      },
      ms * (0.5 + Math.random() * 0.5),
    );
    start.unref();
    this.timers.add(start);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    for (const timer of this.timers) clearTimeout(timer);
    await Promise.allSettled(this.running);
  }
}
