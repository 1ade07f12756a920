import { Global, Module, type DynamicModule } from '@nestjs/common';
import { POOL_SIZES } from '../database/index.js';
import { LimitStore } from './limit-store.port.js';
import { LimitsSystemRepository } from './limits.system.repository.js';
import { LimitUpkeep } from './limit-upkeep.service.js';
import { PostgresLimitStore } from './postgres-limit-store.repository.js';
import { RateLimiter } from './rate-limiter.service.js';
import { RedisLimitStore } from './redis-limit-store.js';

/** What all processes count together. The port `LimitSource` must be bound by a global module of the application. */
@Global()
@Module({})
export class LimitsModule {
  static open({ appUrl, redisUrl, prefix }: { appUrl: string; redisUrl?: string; prefix: string }): DynamicModule {
    return {
      module: LimitsModule,
      providers: [
        { provide: LimitStore, useFactory: () => (redisUrl ? new RedisLimitStore(redisUrl, prefix) : new PostgresLimitStore(appUrl, POOL_SIZES.limits)) },
        LimitsSystemRepository,
        LimitUpkeep,
        RateLimiter,
      ],
      exports: [RateLimiter],
    };
  }
}
