import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { Tenant, TenantSettings } from './tenant.js';

export const TENANT_COLUMNS = `t.id, t.name, t.time_zone AS "timeZone", t.settings, t.suspended_at AS "suspendedAt", t.created_at AS "createdAt"`;

@Injectable()
export class TenantsRepository {
  async find(em: EntityManager, tenantId: string, lock: 'none' | 'update' = 'none'): Promise<Tenant | undefined> {
    return (await rows<Tenant>(em, `SELECT ${TENANT_COLUMNS} FROM tenant t WHERE t.id = $1 ${lock === 'update' ? 'FOR UPDATE' : ''}`, [tenantId]))[0];
  }

  async update(em: EntityManager, tenant: { id: string; name: string; timeZone: string; settings: TenantSettings }): Promise<void> {
    await rows(em, 'UPDATE tenant SET name = $2, time_zone = $3, settings = $4::jsonb WHERE id = $1', [
      tenant.id,
      tenant.name,
      tenant.timeZone,
      JSON.stringify(tenant.settings),
    ]);
  }
}
