import { Redis } from 'ioredis';
import { LimitStore, type Answer, type Ask } from './limit-store.port.js';
import { TAKE_LIMITS } from './redis-script.js';

/** Beyond this a server that does not answer counts as gone. */
const PATIENCE_MS = 1_000;
const RECONNECT_MS = 200;

type Scripted = Redis & { takeLimits(keys: number, ...args: (string | number)[]): Promise<string[]> };

/** Meters in Redis, decided by its clock: one script a call. */
export class RedisLimitStore extends LimitStore {
  private readonly redis: Scripted;

  /** Keys begin with `prefix`, and share a slot of a cluster. */
  constructor(
    redisUrl: string,
    private readonly prefix: string,
  ) {
    super();
    this.redis = new Redis(redisUrl, {
      lazyConnect: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: PATIENCE_MS,
      connectTimeout: PATIENCE_MS,
      retryStrategy: () => RECONNECT_MS,
      scripts: { takeLimits: { lua: TAKE_LIMITS } },
    }) as Scripted;
    // A lost connection shows itself in the call that fails; without a listener this would end the process.
    this.redis.on('error', () => undefined);
  }

  /** Waits for the first connection, but not for a server that is away: calls fail until it is there. */
  async open(): Promise<void> {
    await this.redis.connect().catch(() => undefined);
  }

  override async decide(asks: readonly Ask[], nowMs = -1): Promise<Answer[]> {
    const keys = asks.map(({ key }) => `{${this.prefix}:limits}:${key}`);
    const rest = asks.flatMap(({ algorithm, limit, windowMs, asked, returned }) => [algorithm, limit, windowMs, asked, returned]);
    const [now, ...numbers] = (await this.redis.takeLimits(keys.length, ...keys, nowMs, ...rest)).map(Number);
    return asks.map((_, i) => {
      const [granted, at, used, before] = numbers.slice(i * 4, i * 4 + 4) as [number, number, number, number];
      return { granted, meter: { at, used, before }, nowMs: now! };
    });
  }

  close(): Promise<void> {
    this.redis.disconnect();
    return Promise.resolve();
  }
}
