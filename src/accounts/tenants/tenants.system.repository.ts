import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { rows } from '../../platform/database/index.js';
import type { OperatorTenant } from './tenant.js';
import { TENANT_COLUMNS } from './tenants.repository.js';

export type ListedTenant = Omit<OperatorTenant, 'plan'> & { cursorAt: string };

/** Work across tenants: making one, and what operators do. */
@Injectable()
export class TenantsSystemRepository {
  async insert(em: EntityManager, tenant: { id: string; name: string }): Promise<void> {
    await rows(em, 'INSERT INTO tenant (id, name) VALUES ($1, $2)', [tenant.id, tenant.name]);
  }

  async setSuspended(em: EntityManager, tenantId: string, suspended: boolean): Promise<void> {
    await rows(em, 'UPDATE tenant SET suspended_at = CASE WHEN $2 THEN coalesce(suspended_at, now()) END WHERE id = $1', [tenantId, suspended]);
  }

  names(em: EntityManager, ids: readonly string[]): Promise<{ id: string; name: string }[]> {
    return rows(em, 'SELECT id, name FROM tenant WHERE id = ANY ($1)', [ids]);
  }

  /** Newest first. `search` is looked for in the name and in the addresses of owners. */
  list(em: EntityManager, filter: { search?: string; after?: { at: string; id: string }; limit: number }): Promise<ListedTenant[]> {
    return rows<ListedTenant>(
      em,
      `SELECT ${TENANT_COLUMNS}, to_char(t.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "cursorAt",
              (SELECT count(*)::int FROM membership m WHERE m.tenant_id = t.id AND m.status = 'active') AS members,
              (SELECT u.email FROM membership m JOIN user_account u ON u.id = m.user_id
               WHERE m.tenant_id = t.id AND m.role = 'owner' AND m.status = 'active' ORDER BY m.created_at LIMIT 1) AS "ownerEmail"
       FROM tenant t
       WHERE ($1::text IS NULL OR strpos(lower(t.name), lower($1)) > 0 OR EXISTS (
               SELECT 1 FROM membership m JOIN user_account u ON u.id = m.user_id
               WHERE m.tenant_id = t.id AND m.role = 'owner' AND strpos(u.email, lower($1)) > 0))
         AND ($2::timestamptz IS NULL OR (t.created_at, t.id) < ($2, $3::uuid))
       ORDER BY t.created_at DESC, t.id DESC LIMIT $4`,
      [filter.search ?? null, filter.after?.at ?? null, filter.after?.id ?? null, filter.limit],
    );
  }
}
