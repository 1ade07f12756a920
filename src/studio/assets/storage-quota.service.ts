import { Injectable } from '@nestjs/common';
import { Plans } from '../../billing/plans/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { RateLimiter } from '../../platform/limits/index.js';
import type { StorageStats } from './assets.dto.js';
import { storedByType } from './assets.repository.js';

/** How much a tenant stores and may store. Only what people upload is refused; what a paid job made is always kept. */
@Injectable()
export class StorageQuota {
  constructor(
    private readonly tx: TenantTx,
    private readonly plans: Plans,
    private readonly limiter: RateLimiter,
  ) {}

  /** A file that does not fit does not count. @throws DomainError 429 when the plan's uploads per hour are used up; 403 `plan_required` when the file does not fit */
  async admit(ctx: Ctx, bytes: number): Promise<void> {
    await this.ensureRoom(ctx, bytes);
    await this.limiter.take(ctx, 'uploads');
  }

  async ensureRoom(ctx: Ctx, bytes: number): Promise<void> {
    await this.plans.require(ctx, { limit: 'storageBytes', usedBytes: (await this.stats(ctx)).bytes, bytes });
  }

  async stats(ctx: Ctx): Promise<StorageStats> {
    const { limits } = await this.plans.of(ctx);
    const byType = await this.tx.run(ctx, storedByType);
    return {
      bytes: byType.reduce((sum, t) => sum + t.bytes, 0),
      count: byType.reduce((sum, t) => sum + t.count, 0),
      byType,
      quotaBytes: limits.storageBytes,
    };
  }
}
