import { ALGORITHMS, type Answer, type Ask, type Line, type LimitStore } from './limit-store.port.js';
import type { Verdict } from './meter.js';

interface Waiting {
  ask: Ask;
  callers: { resolve(verdict: Verdict): void; reject(error: unknown): void }[];
}

/**
 * Asks the store on behalf of everybody in this process. A question goes at once when none is under way; those that come meanwhile go together
 * in the next call, with one entry per caller's line: the more is asked, the less one answer costs, and nobody waits for a timer.
 */
export class Decisions {
  private waiting = new Map<string, Waiting>();
  private running = false;

  /** `now` replaces the store's clock. */
  constructor(
    private readonly store: LimitStore,
    private readonly now: () => number | undefined = () => undefined,
  ) {}

  /** One call of this line. Rejects when the store cannot be reached. */
  take(line: Line): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      const { ask, callers } = this.at(line);
      ask.asked++;
      callers.push({ resolve, reject });
      this.start();
    });
  }

  /** A call that was let through and came to nothing. Best effort: a store that is gone forgets it. */
  giveBack(line: Line): void {
    this.at(line).ask.returned++;
    this.start();
  }

  private at(line: Line): Waiting {
    const found = this.waiting.get(line.key);
    // The plan may have changed since the first question of this batch: the newest limit counts.
    if (found) return Object.assign(found, { ask: { ...found.ask, ...line } });
    const made: Waiting = { ask: { ...line, asked: 0, returned: 0 }, callers: [] };
    this.waiting.set(line.key, made);
    return made;
  }

  private start(): void {
    if (this.running) return;
    this.running = true;
    void this.run();
  }

  private async run(): Promise<void> {
    while (this.waiting.size > 0) {
      const batch = [...this.waiting.values()];
      this.waiting = new Map();
      try {
        const answers = await this.store.decide(
          batch.map(({ ask }) => ask),
          this.now(),
        );
        batch.forEach((waiting, i) => settle(waiting, answers[i]!));
      } catch (error) {
        for (const { callers } of batch) for (const { reject } of callers) reject(error);
      }
    }
    this.running = false;
  }
}

/** The first `granted` callers pass, in the order in which they came. */
function settle({ ask, callers }: Waiting, { granted, meter, nowMs }: Answer): void {
  const outlook = ALGORITHMS[ask.algorithm].outlook(meter, nowMs, ask);
  callers.forEach(({ resolve }, i) =>
    resolve(i < granted ? { allowed: true, ...outlook, remaining: outlook.remaining + granted - 1 - i, retryAfterMs: 0 } : { allowed: false, ...outlook }),
  );
}
