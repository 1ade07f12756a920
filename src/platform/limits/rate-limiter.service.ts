import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/index.js';
import type { Ctx } from '../context/index.js';
import { log } from '../telemetry/index.js';
import { Decisions } from './decisions.js';
import { LimitSource, type RateLimits } from './limit-source.port.js';
import { LimitStore, type Line } from './limit-store.port.js';
import { limitsUnreachable, RateLimited, type RateState } from './limits.errors.js';
import { MemoryLimitStore } from './memory-limit-store.js';

export type RatePolicy = 'api' | 'generations' | 'uploads';
/** What happens to a call that cannot be counted: `refuse` what costs, `count_here` what only reads. */
export type Unreachable = 'refuse' | 'count_here';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const WARN_EVERY_MS = 10_000;

const LIMIT: Record<RatePolicy, keyof RateLimits> = { api: 'apiPerMinute', generations: 'generationsPerHour', uploads: 'uploadsPerHour' };

/** Counts calls of a key or session per minute, generations and uploads of a tenant per hour: exactly, over all processes of the installation. */
@Injectable()
export class RateLimiter {
  private readonly log = log('platform/limits');
  private readonly shared: Decisions;
  private readonly here: Decisions;
  /** What each request's caller was told, for the headers of its answer. */
  private readonly told = new WeakMap<Ctx, Map<RatePolicy, RateState>>();
  private warnedAt = -Infinity;

  constructor(
    private readonly limits: LimitSource,
    store: LimitStore,
    clock: Clock,
  ) {
    this.shared = new Decisions(store);
    this.here = new Decisions(new MemoryLimitStore(clock));
  }

  /** Takes one out of the plan's allowance. @throws DomainError 429 `rate_limited`, then nothing was taken; 503 when the limits cannot be reached */
  async take(ctx: Ctx, policy: RatePolicy, unreachable: Unreachable = 'refuse'): Promise<void> {
    const line = await this.lineOf(ctx, policy);
    if (!line) return;
    const verdict = await this.decide(line, unreachable);
    const state = { ...verdict, policy, limit: line.limit, windowMs: line.windowMs };
    const told = this.told.get(ctx);
    if (told) told.set(policy, state);
    else this.told.set(ctx, new Map([[policy, state]]));
    if (!state.allowed) throw new RateLimited(state);
  }

  /** What was taken came to nothing: it does not count. */
  async giveBack(ctx: Ctx, policy: RatePolicy): Promise<void> {
    const line = await this.lineOf(ctx, policy);
    if (line) this.shared.giveBack(line);
  }

  /** The limits that were asked in the name of this caller, each as it stood after the last call. */
  toldTo(ctx: Ctx): RateState[] {
    return [...(this.told.get(ctx)?.values() ?? [])];
  }

  private async lineOf({ actor, ...ctx }: Ctx, policy: RatePolicy): Promise<Line | null> {
    if (actor.kind === 'system') return null;
    const limit = (await this.limits.limits({ actor, ...ctx }))[LIMIT[policy]];
    if (limit === null) return null;
    if (policy !== 'api') return { key: `${policy}:${ctx.tenantId}`, algorithm: 'window', limit, windowMs: HOUR_MS };
    return { key: `api:${actor.kind === 'key' ? actor.keyId : actor.sessionId}`, algorithm: 'gcra', limit, windowMs: MINUTE_MS };
  }

  private async decide(line: Line, unreachable: Unreachable): ReturnType<Decisions['take']> {
    try {
      return await this.shared.take(line);
    } catch (error) {
      this.warn(error);
      if (unreachable === 'refuse') throw limitsUnreachable(error);
      return this.here.take(line);
    }
  }

  private warn(error: unknown): void {
    if (performance.now() - this.warnedAt < WARN_EVERY_MS) return;
    this.warnedAt = performance.now();
    this.log.warn({ err: error }, 'the shared limits cannot be reached: reads are counted in this process alone, what costs is refused');
  }
}
