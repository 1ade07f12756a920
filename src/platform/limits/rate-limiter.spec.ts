import { describe, expect, it } from 'vitest';
import { ManualClock } from '../clock/index.js';
import type { Ctx } from '../context/index.js';
import { LimitSource, type RateLimits } from './limit-source.port.js';
import { LimitStore, type Answer, type Ask } from './limit-store.port.js';
import { rateHeaders } from './limits.errors.js';
import { MemoryLimitStore } from './memory-limit-store.js';
import { RateLimiter } from './rate-limiter.service.js';
import { RecentMap } from './recent-map.js';

class FixedLimits extends LimitSource {
  constructor(private readonly fixed: RateLimits) {
    super();
  }
  override limits(): Promise<RateLimits> {
    return Promise.resolve(this.fixed);
  }
}
/** A store that counts how often it is asked, answers a moment later, and can be away. */
class SlowStore extends LimitStore {
  calls = 0;
  away = false;
  constructor(private readonly inner: MemoryLimitStore) {
    super();
  }
  override async decide(asks: readonly Ask[]): Promise<Answer[]> {
    this.calls++;
    await new Promise(setImmediate);
    if (this.away) throw new Error('away');
    return this.inner.decide(asks);
  }
}
const caller = (tenantId: string, sessionId: string): Ctx => ({
  tenantId,
  actor: { kind: 'user', userId: 'u', sessionId },
  requestId: 'r',
  permissions: new Set(),
  role: 'owner',
  operator: false,
});
const house = (api: number | null = 100): { limits: RateLimiter; clock: ManualClock; store: SlowStore } => {
  const clock = new ManualClock();
  const store = new SlowStore(new MemoryLimitStore(clock));
  return { limits: new RateLimiter(new FixedLimits({ apiPerMinute: api, generationsPerHour: 10, uploadsPerHour: null }), store, clock), clock, store };
};

const passes = async (n: number, call: () => Promise<void>): Promise<number> =>
  (await Promise.allSettled(Array.from({ length: n }, call))).filter((r) => r.status === 'fulfilled').length;

describe('rate limits of a plan', () => {
  it('of a burst of 500 calls exactly 100 pass a limit of 100, and the store is asked twice', async () => {
    const { limits, store } = house();
    expect(await passes(500, () => limits.take(caller('a', 's1'), 'api'))).toBe(100);
    expect(store.calls).toBe(2);
  });
  it('API calls count per session, generations per tenant', async () => {
    const { limits } = house();
    expect(await passes(150, () => limits.take(caller('a', 's1'), 'api'))).toBe(100);
    expect(await passes(150, () => limits.take(caller('a', 's2'), 'api'))).toBe(100);
    expect(await passes(8, () => limits.take(caller('a', 's1'), 'generations'))).toBe(8);
    expect(await passes(8, () => limits.take(caller('a', 's2'), 'generations'))).toBe(2);
    expect(await passes(8, () => limits.take(caller('b', 's3'), 'generations'))).toBe(8);
  });
  it('a refusal says when to come back, and coming back then works', async () => {
    const { limits, clock } = house();
    await passes(10, () => limits.take(caller('a', 's'), 'generations'));
    await expect(limits.take(caller('a', 's'), 'generations')).rejects.toMatchObject({
      kind: 'rate_limited',
      code: 'rate_limited',
      retryAfterSeconds: 3960,
      extra: { policy: 'generations', limit: 10, 'violated-policies': ['generations'] },
    });
    clock.advance(3_960_000);
    expect(await passes(20, () => limits.take(caller('a', 's'), 'generations'))).toBe(1);
    clock.advance(7_200_000);
    expect(await passes(20, () => limits.take(caller('a', 's'), 'generations'))).toBe(10);
  });
  it('what is given back does not count', async () => {
    const { limits } = house();
    for (let i = 0; i < 30; i++) {
      await limits.take(caller('a', 's'), 'generations');
      await limits.giveBack(caller('a', 's'), 'generations');
    }
    expect(await passes(20, () => limits.take(caller('a', 's'), 'generations'))).toBe(10);
  });
  it('no limit and work of the system are never refused', async () => {
    const { limits } = house(null);
    expect(await passes(1000, () => limits.take(caller('a', 's'), 'api'))).toBe(1000);
    expect(await passes(50, () => limits.take({ ...caller('a', 's'), actor: { kind: 'system', name: 'sweep' } }, 'generations'))).toBe(50);
  });
  it('while the store is away reads are counted here, what costs is refused, and the store counts again once it is back', async () => {
    const { limits, store } = house();
    store.away = true;
    await expect(limits.take(caller('a', 's'), 'generations')).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'temporary_reduced_capacity',
      retryAfterSeconds: 2,
    });
    expect(await passes(300, () => limits.take(caller('a', 's'), 'api', 'count_here'))).toBe(100);
    store.away = false;
    expect(await passes(300, () => limits.take(caller('a', 's'), 'api', 'count_here'))).toBe(100);
  });
  it('says how much is left of everything that was asked, in the structured fields of the IETF draft', async () => {
    const { limits } = house();
    const ctx = caller('a', 's');
    await limits.take(ctx, 'api');
    expect(rateHeaders(limits.toldTo(ctx))).toEqual({ 'ratelimit-policy': '"api";q=100;w=60', ratelimit: '"api";r=99;t=1' });
    await limits.take(ctx, 'generations');
    expect(rateHeaders(limits.toldTo(ctx))).toEqual({
      'ratelimit-policy': '"api";q=100;w=60, "generations";q=10;w=3600',
      ratelimit: '"api";r=99;t=1, "generations";r=9;t=7200',
    });
    expect(rateHeaders(limits.toldTo(caller('a', 's')))).toEqual({});
  });
});

describe('memory of strangers', () => {
  it('holds so many and no more, and keeps those in use', () => {
    const map = new RecentMap<number>(3);
    for (const key of ['a', 'b', 'c']) map.set(key, 1);
    map.set('a', 2);
    map.set('d', 1);
    expect([map.size, map.get('a'), map.get('b')]).toEqual([3, 2, undefined]);
  });
});
