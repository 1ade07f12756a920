import { Injectable } from '@nestjs/common';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { notFound } from '../../platform/errors/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Members } from '../members/index.js';
import { Entitlements } from '../tenants/index.js';
import { Users, type UpdateMeDto } from '../users/index.js';
import type { MeDto } from './access.dto.js';
import { AccountChanges } from './account-changes.service.js';

/** The person behind a request. */
@Injectable()
export class Me {
  constructor(
    private readonly users: Users,
    private readonly members: Members,
    private readonly entitlements: Entitlements,
    private readonly changes: AccountChanges,
  ) {}

  async get(ctx: Ctx): Promise<MeDto> {
    const [account, standings, { plan }] = await Promise.all([
      this.users.findAccount(actorId(ctx)),
      this.members.standingsOf(actorId(ctx)),
      this.entitlements.get(ctx),
    ]);
    if (!account) throw notFound('usr');
    const active = standings.filter((standing) => standing.active);
    const here = active.find((standing) => standing.tenantId === ctx.tenantId);
    // A key acts in one tenant and shall not tell of the others its owner is in.
    const shown = ctx.actor.kind === 'key' ? active.filter((standing) => standing === here) : active;
    return {
      id: typeId('usr', account.id),
      email: account.email,
      name: account.name,
      emailVerified: account.emailVerifiedAt !== null,
      operator: ctx.operator,
      createdAt: account.createdAt.toISOString(),
      tenant: { id: typeId('tnt', ctx.tenantId), name: here?.tenantName ?? '', plan },
      role: ctx.role,
      permissions: [...ctx.permissions].toSorted(),
      tenants: shown.map(({ tenantId, tenantName, role }) => ({ id: typeId('tnt', tenantId), name: tenantName, role })),
    };
  }

  async update(ctx: Ctx, change: UpdateMeDto): Promise<MeDto> {
    await this.changes.apply(ctx, change);
    return this.get(ctx);
  }
}
