import { PERMISSIONS, type Permission } from '@atelier/contracts';
import { newId } from '../ids/index.js';

/** Who acts. A key acts with (at most) the rights of the person who owns it. */
export type Actor = { kind: 'user'; userId: string; sessionId: string } | { kind: 'key'; keyId: string; userId: string } | { kind: 'system'; name: string };

/** The first parameter of every service method. Processors and sockets build it from rows, never from what a client sent. */
export interface Ctx {
  tenantId: string;
  actor: Actor;
  requestId: string;
  permissions: ReadonlySet<Permission>;
  /** Role in the tenant, for messages and the audit log. */
  role: string;
  /** Team that a job of this caller belongs to unless the body names one. */
  teamId?: string;
  ip?: string;
  /** A platform operator: has operator permissions beside those in the own tenant. */
  operator: boolean;
}

/** Stands for "no person" in columns that need a user. */
export const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Operator rights never come with system work: they belong to people. */
const TENANT_PERMISSIONS: ReadonlySet<Permission> = new Set(
  PERMISSIONS.filter((p) => !p.startsWith('operator:') && !p.startsWith('fleet:') && p !== 'cost:read'),
);

/** A context for work that a row asks for (sweeps, events): all tenant permissions, named in logs by `name`. */
export function systemCtx(tenantId: string, name: string): Ctx {
  return { tenantId, actor: { kind: 'system', name }, requestId: newId(), permissions: TENANT_PERMISSIONS, role: 'system', operator: false };
}

export const actorId = (ctx: Ctx): string => (ctx.actor.kind === 'system' ? NOBODY : ctx.actor.userId);
