import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Plans } from '../../billing/plans/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { isDomainError } from '../../platform/errors/index.js';
import { Refusal } from './checks/refusal.js';
import { countModels, lockModels, storedBytes } from './models.repository.js';

/** What a tenant is about to bring; `bytes` null: an address has not said yet how long its file is. */
export interface Brought {
  bytes: number | null;
  isNewModel: boolean;
}

/** How many models of its own a plan lets a tenant have, and how much they may weigh. Imports on their way count. */
@Injectable()
export class ModelQuota {
  constructor(
    private readonly plans: Plans,
    private readonly tx: TenantTx,
  ) {}

  /** Bytes of the tenant's models, all versions, and of imports on their way. */
  used(ctx: { tenantId: string }): Promise<number> {
    return this.tx.run(ctx, (em) => storedBytes(em, null));
  }

  /** In the transaction that inserts the import. @throws DomainError 403 `plan_required` */
  async admit(ctx: { tenantId: string }, em: EntityManager, { bytes, isNewModel }: Brought): Promise<void> {
    await lockModels(em, ctx.tenantId);
    if (isNewModel) await this.plans.require(ctx, { limit: 'customModels', used: await countModels(em) });
    await this.plans.require(ctx, { limit: 'storageBytes', usedBytes: await storedBytes(em, null), bytes: bytes ?? 0 });
  }

  /** Bytes that an import may still bring. */
  async left(ctx: { tenantId: string }, importId: string): Promise<number> {
    const { storageBytes } = (await this.plans.of(ctx)).limits;
    return storageBytes === null ? Infinity : storageBytes - (await this.tx.run(ctx, (em) => storedBytes(em, importId)));
  }

  /** A file that an address gave, now that its size is known. @throws Refusal */
  async ensureRoom(ctx: { tenantId: string }, importId: string, bytes: number): Promise<void> {
    const usedBytes = await this.tx.run(ctx, (em) => storedBytes(em, importId));
    await this.plans.require(ctx, { limit: 'storageBytes', usedBytes, bytes }).catch((error: unknown) => {
      if (!isDomainError(error) || error.code !== 'plan_required') throw error;
      throw new Refusal('plan_required', error.detail, 'Delete models you no longer need, or move to a larger plan.');
    });
  }
}
