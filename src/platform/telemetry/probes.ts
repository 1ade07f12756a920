import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { coreConfig, type ConfigOf } from '../config/index.js';
import { log } from './log.js';
import { Metrics } from './metrics.js';

const HOUR_MS = 3_600_000;
/** A probe that has not answered by then counts as failed. */
const PATIENCE_MS = 3_000;
/** Answers this young are given again: the door is public, the probes ask the database. */
const FRESH_MS = 500;

type HealthCheck = () => Promise<void>;
type Violations = () => Promise<unknown[]>;

/** Names of the health probes that failed; empty means ready. */
export type Unready = string[];

/**
 * The questions that decide whether this process is fit and whether the books are right. Every room registers its own in `onModuleInit`:
 * `health` throws when work would be refused, `invariant` returns the rows that break a rule (target: none).
 */
@Injectable()
export class Probes implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly checks = new Map<string, HealthCheck>();
  private readonly rules = new Map<string, Violations>();
  private readonly violations;
  private readonly logger = log('probes');
  private answer: { at: number; failed: Promise<Unready> } | undefined;
  private hourly: NodeJS.Timeout | undefined;

  constructor(
    metrics: Metrics,
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
  ) {
    this.violations = metrics.gauge('atelier_invariant_violations', 'Rows that break a rule of the books; the target is 0.', ['name']);
  }

  health(name: string, check: HealthCheck): void {
    this.checks.set(name, check);
  }

  invariant(name: string, violations: Violations): void {
    this.rules.set(name, violations);
  }

  /** Asks all health probes at once. */
  unready(): Promise<Unready> {
    const now = performance.now();
    if (!this.answer || now - this.answer.at > FRESH_MS) this.answer = { at: now, failed: this.ask() };
    return this.answer.failed;
  }

  /** Runs every invariant now and publishes the counts. A rule that cannot be evaluated counts as one violation. */
  async invariants(): Promise<{ name: string; violations: unknown[] }[]> {
    const found: { name: string; violations: unknown[] }[] = [];
    for (const [name, rule] of this.rules) {
      const violations = await rule().catch((error: unknown) => [error]);
      this.violations.set({ name }, violations.length);
      if (violations.length > 0) this.logger.error({ invariant: name, count: violations.length, first: violations[0] }, 'an invariant is violated');
      found.push({ name, violations });
    }
    return found;
  }

  onApplicationBootstrap(): void {
    if (this.core.role === 'api') return;
    this.hourly = setInterval(() => void this.invariants(), HOUR_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.hourly);
  }

  private async ask(): Promise<Unready> {
    const asked = [...this.checks].map(async ([name, check]) => {
      try {
        await within(PATIENCE_MS, check());
        return [];
      } catch (error) {
        this.logger.warn({ probe: name, err: error }, 'a health probe failed');
        return [name];
      }
    });
    return (await Promise.all(asked)).flat();
  }
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
