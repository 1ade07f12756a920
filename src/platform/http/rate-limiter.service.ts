import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/index.js';
import type { Ctx } from '../context/index.js';
import { gcra, type Meter } from './gcra.js';
import { LimitSource, type RateLimits } from './limit-source.port.js';
import { RateLimited, type RateState } from './rate-limit.errors.js';
import { RecentMap } from './recent-map.js';
import { SlidingWindow } from './sliding-window.js';

export type RatePolicy = 'api' | 'generations' | 'uploads';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Callers remembered at once; each costs some hundred bytes, an hour of a very busy one some ten thousand. */
const CALLERS = 50_000;

const LIMIT: Record<RatePolicy, keyof RateLimits> = { api: 'apiPerMinute', generations: 'generationsPerHour', uploads: 'uploadsPerHour' };

/** Counts calls of a key or session per minute, generations and uploads of a tenant per hour. In this process's memory: a crash forgives. */
@Injectable()
export class RateLimiter {
  private readonly minutes = new RecentMap<Meter>(CALLERS);
  private readonly hours = new RecentMap<SlidingWindow>(CALLERS);

  constructor(
    private readonly limits: LimitSource,
    private readonly clock: Clock,
  ) {}

  /** Takes `calls` out of the plan's allowance. @throws DomainError `rate_limited` (429); then nothing was taken */
  async take(ctx: Ctx, policy: RatePolicy, calls = 1): Promise<void> {
    const state = await this.spend(ctx, policy, calls);
    if (state && !state.allowed) throw new RateLimited(state);
  }

  /** As `take`, but tells instead of throwing; null where no limit applies. */
  async spend(ctx: Ctx, policy: RatePolicy, calls = 1): Promise<RateState | null> {
    if (ctx.actor.kind === 'system') return null;
    const limit = (await this.limits.limits(ctx))[LIMIT[policy]];
    if (limit === null) return null;
    const now = this.clock.now().getTime();
    if (policy !== 'api') return { ...this.hour(`${policy} ${ctx.tenantId}`).take(now, limit, calls), policy, limit, windowMs: HOUR_MS };
    const caller = ctx.actor.kind === 'key' ? ctx.actor.keyId : ctx.actor.sessionId;
    const { verdict, meter } = gcra(this.minutes.get(caller), now, { limit, windowMs: MINUTE_MS }, calls);
    this.minutes.set(caller, meter);
    return { ...verdict, policy, limit, windowMs: MINUTE_MS };
  }

  private hour(key: string): SlidingWindow {
    const window = this.hours.get(key) ?? new SlidingWindow(HOUR_MS);
    this.hours.set(key, window);
    return window;
  }
}
