import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Outbox } from '../../platform/outbox/index.js';
import { Audit, type AuditContext } from '../audit/index.js';
import type { Tenant, TenantSettings } from './tenant.js';
import { TenantsRepository } from './tenants.repository.js';
import { TenantsSystemRepository } from './tenants.system.repository.js';

export interface TenantChange {
  name?: string;
  timeZone?: string;
  settings?: TenantSettings;
}

@Injectable()
export class Tenants {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: TenantsRepository,
    private readonly system: TenantsSystemRepository,
    private readonly audit: Audit,
    private readonly outbox: Outbox,
  ) {}

  get(ctx: { tenantId: string }): Promise<Tenant> {
    return this.tx.run(ctx, (em) => this.load(em, ctx.tenantId));
  }

  /** When the tenant was made: the anchor of its first plan. In either kind of transaction. */
  async createdAt(em: EntityManager, tenantId: string): Promise<Date> {
    return (await this.load(em, tenantId)).createdAt;
  }

  /** For reports to operators: in a system transaction. */
  async names(em: EntityManager, ids: readonly string[]): Promise<Map<string, string>> {
    return new Map((await this.system.names(em, ids)).map(({ id, name }) => [id, name]));
  }

  /** Fields that are left out stay as they are. */
  update(ctx: Ctx, change: TenantChange): Promise<Tenant> {
    return this.tx.run(ctx, async (em) => {
      const before = await this.load(em, ctx.tenantId, 'update');
      const after: Tenant = {
        ...before,
        name: change.name ?? before.name,
        timeZone: change.timeZone ?? before.timeZone,
        settings: { ...before.settings, ...definedOnly(change.settings) },
      };
      await this.repository.update(em, after);
      const seen = ({ name, timeZone, settings }: Tenant): object => ({ name, timeZone, settings });
      await this.audit.record(em, ctx, { action: 'tenant.updated', target: typeId('tnt', ctx.tenantId), before: seen(before), after: seen(after) });
      return after;
    });
  }

  /** Makes the tenant of `ctx`, inside the system transaction that registers its first owner. */
  async create(em: EntityManager, ctx: AuditContext, name: string): Promise<void> {
    await this.system.insert(em, { id: ctx.tenantId, name });
    await this.audit.record(em, ctx, { action: 'tenant.created', target: typeId('tnt', ctx.tenantId), after: { name } });
    await this.outbox.emit(em, ctx.tenantId, 'tenant.created', { tenantId: ctx.tenantId });
  }

  private async load(em: EntityManager, tenantId: string, lock: 'none' | 'update' = 'none'): Promise<Tenant> {
    const tenant = await this.repository.find(em, tenantId, lock);
    if (!tenant) throw notFound('tenant');
    return tenant;
  }
}

const definedOnly = (settings: TenantSettings = {}): TenantSettings =>
  Object.fromEntries(Object.entries(settings ?? {}).filter(([, value]) => value !== undefined));
