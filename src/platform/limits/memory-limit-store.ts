import type { Clock } from '../clock/index.js';
import { ALGORITHMS, LimitStore, type Answer, type Ask } from './limit-store.port.js';
import type { Meter } from './meter.js';
import { RecentMap } from './recent-map.js';

/** Callers remembered at once; each costs some hundred bytes. */
const CALLERS = 50_000;

/** Meters in the memory of one process: what reads are counted by while the shared store cannot be reached. */
export class MemoryLimitStore extends LimitStore {
  private readonly meters = new RecentMap<Meter>(CALLERS);

  constructor(private readonly clock: Clock) {
    super();
  }

  override decide(asks: readonly Ask[], nowMs = this.clock.now().getTime()): Promise<Answer[]> {
    return Promise.resolve(asks.map((ask) => this.one(ask, nowMs)));
  }

  private one({ key, algorithm, asked, returned, ...rate }: Ask, nowMs: number): Answer {
    const { meter, granted } = ALGORITHMS[algorithm].step(this.meters.get(key), nowMs, rate, asked, returned);
    this.meters.set(key, meter);
    return { granted, meter, nowMs };
  }
}
