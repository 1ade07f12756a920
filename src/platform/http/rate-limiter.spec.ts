import { describe, expect, it } from 'vitest';
import { ManualClock } from '../clock/index.js';
import type { Ctx } from '../context/index.js';
import { LimitSource, type RateLimits } from './limit-source.port.js';
import { rateHeaders } from './rate-limit.errors.js';
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
const caller = (tenantId: string, sessionId: string): Ctx => ({
  tenantId,
  actor: { kind: 'user', userId: 'u', sessionId },
  requestId: 'r',
  permissions: new Set(),
  role: 'owner',
  operator: false,
});
const limiter = (clock = new ManualClock(), api: number | null = 100): RateLimiter =>
  new RateLimiter(new FixedLimits({ apiPerMinute: api, generationsPerHour: 10, uploadsPerHour: null }), clock);

const passes = async (n: number, call: () => Promise<void>): Promise<number> =>
  (await Promise.allSettled(Array.from({ length: n }, call))).filter((r) => r.status === 'fulfilled').length;

describe('rate limits of a plan', () => {
  it('of a burst of 500 calls exactly 100 pass a limit of 100', async () => {
    const limits = limiter();
    expect(await passes(500, () => limits.take(caller('a', 's1'), 'api'))).toBe(100);
  });
  it('API calls count per session, generations per tenant', async () => {
    const limits = limiter();
    expect(await passes(150, () => limits.take(caller('a', 's1'), 'api'))).toBe(100);
    expect(await passes(150, () => limits.take(caller('a', 's2'), 'api'))).toBe(100);
    expect(await passes(8, () => limits.take(caller('a', 's1'), 'generations'))).toBe(8);
    expect(await passes(8, () => limits.take(caller('a', 's2'), 'generations'))).toBe(2);
    expect(await passes(8, () => limits.take(caller('b', 's3'), 'generations'))).toBe(8);
  });
  it('a refusal says when to come back, and coming back then works', async () => {
    const clock = new ManualClock();
    const limits = limiter(clock);
    await passes(10, () => limits.take(caller('a', 's'), 'generations'));
    await expect(limits.take(caller('a', 's'), 'generations')).rejects.toMatchObject({
      kind: 'rate_limited',
      code: 'rate_limited',
      retryAfterSeconds: 3600,
      extra: { policy: 'generations', limit: 10 },
    });
    clock.advance(3_600_000);
    expect(await passes(20, () => limits.take(caller('a', 's'), 'generations'))).toBe(10);
  });
  it('no limit and work of the system are never refused', async () => {
    const limits = limiter(new ManualClock(), null);
    expect(await passes(1000, () => limits.take(caller('a', 's'), 'api'))).toBe(1000);
    expect(await passes(50, () => limits.take({ ...caller('a', 's'), actor: { kind: 'system', name: 'sweep' } }, 'generations'))).toBe(50);
  });
  it('says how much is left in the structured fields of the IETF draft', async () => {
    const state = await limiter().spend(caller('a', 's'), 'api');
    expect(rateHeaders(state!)).toEqual({ 'ratelimit-policy': '"api";q=100;w=60', ratelimit: '"api";r=99;t=1' });
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
