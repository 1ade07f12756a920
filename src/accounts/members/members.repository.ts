import type { TenantRole } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppDb, rows } from '../../platform/database/index.js';
import type { Member, Standing } from './member.js';

const COLUMNS = `m.user_id AS "userId", u.name, u.email, m.role, m.status, m.created_at AS "createdAt"`;
export type ListedMember = Member & { cursorAt: string };

@Injectable()
export class MembersRepository {
  constructor(private readonly db: AppDb) {}

  list(em: EntityManager, filter: { after?: { at: string; id: string }; limit: number }): Promise<ListedMember[]> {
    return rows<ListedMember>(
      em,
      `SELECT ${COLUMNS}, to_char(m.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "cursorAt"
       FROM membership m JOIN user_account u ON u.id = m.user_id
       WHERE ($1::timestamptz IS NULL OR (m.created_at, m.user_id) < ($1, $2::uuid))
       ORDER BY m.created_at DESC, m.user_id DESC LIMIT $3`,
      [filter.after?.at ?? null, filter.after?.id ?? null, filter.limit],
    );
  }

  async find(em: EntityManager, tenantId: string, userId: string): Promise<Member | undefined> {
    return (
      await rows<Member>(em, `SELECT ${COLUMNS} FROM membership m JOIN user_account u ON u.id = m.user_id WHERE m.tenant_id = $1 AND m.user_id = $2`, [
        tenantId,
        userId,
      ])
    )[0];
  }

  /** Active members with one of these roles, by when they came. */
  withRoles(em: EntityManager, tenantId: string, roles: readonly TenantRole[]): Promise<Member[]> {
    return rows<Member>(
      em,
      `SELECT ${COLUMNS} FROM membership m JOIN user_account u ON u.id = m.user_id WHERE m.tenant_id = $1 AND m.status = 'active' AND m.role = ANY ($2) ORDER BY m.created_at, m.user_id`,
      [tenantId, roles],
    );
  }

  /** Locks the tenant's active owners, so that two of them cannot leave at the same moment; answers how many there are. */
  async lockOwners(em: EntityManager, tenantId: string): Promise<number> {
    return (await rows(em, `SELECT 1 FROM membership WHERE tenant_id = $1 AND role = 'owner' AND status = 'active' ORDER BY user_id FOR UPDATE`, [tenantId]))
      .length;
  }

  async insert(em: EntityManager, tenantId: string, userId: string, role: TenantRole): Promise<void> {
    await rows(em, `INSERT INTO membership (tenant_id, user_id, role) VALUES ($1, $2, $3)`, [tenantId, userId, role]);
  }

  async setRole(em: EntityManager, tenantId: string, userId: string, role: TenantRole): Promise<void> {
    await rows(em, 'UPDATE membership SET role = $3 WHERE tenant_id = $1 AND user_id = $2', [tenantId, userId, role]);
  }

  async setInactive(em: EntityManager, tenantId: string, userId: string): Promise<void> {
    await rows(em, `UPDATE membership SET status = 'inactive' WHERE tenant_id = $1 AND user_id = $2`, [tenantId, userId]);
  }

  /** Before any tenant is known: every membership of one person. */
  standingsOf(userId: string): Promise<Standing[]> {
    return this.db.query<Standing>(
      `SELECT tenant_id AS "tenantId", tenant_name AS "tenantName", role, status = 'active' AS active, suspended_at IS NOT NULL AS suspended FROM memberships_of($1)`,
      [userId],
    );
  }
}
