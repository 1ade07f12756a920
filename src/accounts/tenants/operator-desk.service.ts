import { Injectable } from '@nestjs/common';
import { systemCtx, type Ctx } from '../../platform/context/index.js';
import { onCommit, SystemTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page } from '../../platform/http/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Wakeups } from '../../platform/outbox/index.js';
import { Audit } from '../audit/index.js';
import { Entitlements } from './entitlements.port.js';
import type { Tenant } from './tenant.js';
import { toOperatorTenantDto, type OperatorTenantPageDto, type OperatorTenantsQuery, type SuspendTenantDto } from './tenants.dto.js';
import { TenantsRepository } from './tenants.repository.js';
import { TenantsSystemRepository } from './tenants.system.repository.js';

/** The operator's view over all tenants. Every look and every act is in the operator's own audit log; acts also in the tenant's. */
@Injectable()
export class OperatorDesk {
  constructor(
    private readonly system: SystemTx,
    private readonly all: TenantsSystemRepository,
    private readonly one: TenantsRepository,
    private readonly audit: Audit,
    private readonly entitlements: Entitlements,
    private readonly wakeups: Wakeups,
  ) {}

  async tenants(ctx: Ctx, query: OperatorTenantsQuery): Promise<OperatorTenantPageDto> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const found = await this.system.run('operator: list tenants', async (em) => {
      await this.audit.record(em, ctx, { action: 'operator.tenants_listed', after: { search: query.search ?? null } });
      return this.all.list(em, { search: query.search, after, limit: query.limit + 1 });
    });
    const result = page(found, query.limit, (tenant) => encodeCursor(tenant.cursorAt, tenant.id));
    const plans = await Promise.all(result.data.map((tenant) => this.entitlements.get(systemCtx(tenant.id, 'operator'))));
    return { ...result, data: result.data.map((tenant, i) => toOperatorTenantDto({ ...tenant, plan: plans[i]!.plan })) };
  }

  suspend(ctx: Ctx, tenantId: string, change: SuspendTenantDto): Promise<Tenant> {
    return this.system.run('operator: suspend tenant', async (em) => {
      const before = await this.one.find(em, tenantId, 'update');
      if (!before) throw notFound('tenant');
      await this.all.setSuspended(em, tenantId, change.suspended);
      const note = {
        action: change.suspended ? 'tenant.suspended' : 'tenant.resumed',
        target: typeId('tnt', tenantId),
        before: { suspendedAt: before.suspendedAt },
        after: { suspended: change.suspended, reason: change.reason ?? null },
      };
      await this.audit.record(em, ctx, note);
      if (tenantId !== ctx.tenantId) await this.audit.record(em, { ...ctx, tenantId, ip: undefined }, note);
      onCommit(() => this.wakeups.wake('revoked', tenantId));
      return (await this.one.find(em, tenantId))!;
    });
  }
}
