import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Plans } from '../../billing/plans/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { Refusal } from './checks/refusal.js';
import { customModelsRequired, modelStorageRequired } from './models.errors.js';
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
    const { limits, name: plan } = await this.plans.of(ctx);
    await lockModels(em, ctx.tenantId);
    const { customModels, storageBytes } = limits;
    if (isNewModel && customModels !== null && (await countModels(em)) >= customModels) {
      const planThatAllows = await this.plans.smallestWith(ctx, (other) => other.customModels === null || other.customModels > customModels);
      throw customModelsRequired({ plan, allowed: customModels, planThatAllows });
    }
    if (storageBytes === null) return;
    const usedBytes = await storedBytes(em, null);
    if (usedBytes + (bytes ?? 0) <= storageBytes) return;
    const planThatAllows = await this.plans.smallestWith(ctx, (other) => other.storageBytes === null || other.storageBytes >= usedBytes + (bytes ?? 0));
    throw modelStorageRequired({ plan, usedBytes, quotaBytes: storageBytes, planThatAllows });
  }

  /** Bytes that an import may still bring. */
  async left(ctx: { tenantId: string }, importId: string): Promise<number> {
    const { storageBytes } = (await this.plans.of(ctx)).limits;
    return storageBytes === null ? Infinity : storageBytes - (await this.tx.run(ctx, (em) => storedBytes(em, importId)));
  }

  /** A file that an address gave, now that its size is known. @throws Refusal */
  async ensureRoom(ctx: { tenantId: string }, importId: string, bytes: number): Promise<void> {
    const { storageBytes } = (await this.plans.of(ctx)).limits;
    if (storageBytes === null) return;
    const usedBytes = await this.tx.run(ctx, (em) => storedBytes(em, importId));
    if (usedBytes + bytes > storageBytes) {
      const { detail } = modelStorageRequired({ plan: (await this.plans.of(ctx)).name, usedBytes, quotaBytes: storageBytes, planThatAllows: null });
      throw new Refusal('plan_required', detail, 'Delete models you no longer need, or move to a larger plan.');
    }
  }
}
