import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SystemTx } from '../database/index.js';
import { Sweeper } from '../outbox/index.js';
import { LimitStore } from './limit-store.port.js';
import { LimitsSystemRepository } from './limits.system.repository.js';
import { PostgresLimitStore } from './postgres-limit-store.repository.js';
import { RedisLimitStore } from './redis-limit-store.js';

const SWEEP_MS = 600_000;

/** Opens and closes the store, and forgets who has not called for long (Redis does that by itself). */
@Injectable()
export class LimitUpkeep implements OnModuleInit, OnApplicationShutdown {
  constructor(
    @Inject(LimitStore) private readonly store: PostgresLimitStore | RedisLimitStore,
    private readonly system: SystemTx,
    private readonly sweeper: Sweeper,
    private readonly old: LimitsSystemRepository,
  ) {}

  async onModuleInit(): Promise<void> {
    if (this.store instanceof RedisLimitStore) await this.store.open();
    else this.sweeper.every('limits: forget old meters', SWEEP_MS, () => this.system.run('forget limit meters', (em) => this.old.forgetOld(em)));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
