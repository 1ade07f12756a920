import { ROLE_PERMISSIONS, TENANT_ROLES, type TenantRole } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Ctx } from '../../platform/context/index.js';
import { onCommit, TenantTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page, type PageQuery } from '../../platform/http/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Outbox, Wakeups } from '../../platform/outbox/index.js';
import { Audit } from '../audit/index.js';
import type { Member, Standing } from './member.js';
import { toMemberDto, type MemberPageDto, type RolesDto } from './members.dto.js';
import { refusal } from './members.policy.js';
import { MembersRepository } from './members.repository.js';

@Injectable()
export class Members {
  constructor(
    private readonly tx: TenantTx,
    private readonly repository: MembersRepository,
    private readonly audit: Audit,
    private readonly outbox: Outbox,
    private readonly wakeups: Wakeups,
  ) {}

  async list(ctx: Ctx, query: PageQuery): Promise<MemberPageDto> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const found = await this.tx.run(ctx, (em) => this.repository.list(em, { after, limit: query.limit + 1 }));
    const result = page(found, query.limit, (member) => encodeCursor(member.cursorAt, member.userId));
    return { ...result, data: result.data.map(toMemberDto) };
  }

  /** A member of the context's tenant, active or not; null for everybody else. */
  async find(ctx: { tenantId: string }, userId: string): Promise<Member | null> {
    return (await this.tx.run(ctx, (em) => this.repository.find(em, ctx.tenantId, userId))) ?? null;
  }

  /** Active members who have one of these roles: whom to tell. */
  withRoles(ctx: { tenantId: string }, roles: readonly TenantRole[]): Promise<Member[]> {
    return this.tx.run(ctx, (em) => this.repository.withRoles(em, ctx.tenantId, roles));
  }

  /** Active owners and admins, inside the caller's transaction (of the tenant or of the system). */
  administrators(em: EntityManager, tenantId: string): Promise<Member[]> {
    return this.repository.withRoles(em, tenantId, ['owner', 'admin']);
  }

  roles(): RolesDto {
    return { data: TENANT_ROLES.map((role) => ({ role, permissions: [...ROLE_PERMISSIONS[role]] })) };
  }

  /** Inside the caller's transaction (of the tenant or of the system). */
  add(em: EntityManager, tenantId: string, userId: string, role: TenantRole): Promise<void> {
    return this.repository.insert(em, tenantId, userId, role);
  }

  /** @throws 403 `owners_only`, 409 `last_owner` | `member_inactive`. */
  changeRole(ctx: Ctx, userId: string, role: TenantRole): Promise<Member> {
    return this.change(ctx, userId, role);
  }

  /** Ends the membership: what the person made stays, their keys of this tenant and their sessions end. Twice is once. */
  async deactivate(ctx: Ctx, userId: string): Promise<void> {
    await this.change(ctx, userId, null);
  }

  /** What a person is in each of their tenants, those left and suspended ones included. */
  standingsOf(userId: string): Promise<Standing[]> {
    return this.repository.standingsOf(userId);
  }

  private change(ctx: Ctx, userId: string, to: TenantRole | null): Promise<Member> {
    return this.tx.run(ctx, async (em) => {
      const owners = await this.repository.lockOwners(em, ctx.tenantId);
      const target = await this.repository.find(em, ctx.tenantId, userId);
      if (!target) throw notFound('mem');
      const refused = refusal({ by: ctx.role, target, to, owners });
      if (refused) throw refused;
      const changed: Member = to === null ? { ...target, status: 'inactive' } : { ...target, role: to };
      if (changed.role === target.role && changed.status === target.status) return target;
      await (to === null ? this.repository.setInactive(em, ctx.tenantId, userId) : this.repository.setRole(em, ctx.tenantId, userId, to));
      await this.audit.record(em, ctx, {
        action: to === null ? 'member.deactivated' : 'member.role_changed',
        target: typeId('usr', userId),
        before: { role: target.role, status: target.status },
        after: { role: changed.role, status: changed.status },
      });
      await this.outbox.emit(em, ctx.tenantId, 'member.changed', { userId });
      onCommit(() => this.wakeups.wake('revoked', userId));
      return changed;
    });
  }
}
