import { ROLE_PERMISSIONS, type Permission } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { invalid } from '../../platform/errors/index.js';
import { Members } from '../members/index.js';
import { Entitlements, Tenants } from '../tenants/index.js';
import { termFaults, type KeyTerms } from './key-terms.js';

/** Holds wishes for a key against plan, tenant and owner. */
@Injectable()
export class KeyRules {
  constructor(
    private readonly entitlements: Entitlements,
    private readonly tenants: Tenants,
    private readonly members: Members,
    private readonly clock: Clock,
  ) {}

  /** @throws 403 `plan_required`, naming the plan. */
  requirePlan(ctx: Ctx): Promise<void> {
    return this.entitlements.require(ctx, { limit: 'apiKeys' });
  }

  /** @throws 422 with every fault of the terms. */
  async requireTerms(ctx: Ctx, key: { ownerId: string; madeAt?: Date }, terms: KeyTerms): Promise<void> {
    const { settings } = await this.tenants.get(ctx);
    const now = this.clock.now();
    const faults = termFaults(terms, {
      ownerMay: await this.rightsOf(ctx, key.ownerId),
      maxDays: settings.apiKeyMaxDays ?? null,
      madeAt: key.madeAt ?? now,
      now,
    });
    if (faults.length > 0) throw invalid(faults);
  }

  private async rightsOf(ctx: Ctx, ownerId: string): Promise<ReadonlySet<Permission>> {
    const owner = await this.members.find(ctx, ownerId);
    return new Set(owner?.status === 'active' ? ROLE_PERMISSIONS[owner.role] : []);
  }
}
