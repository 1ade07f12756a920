import type { TenantRole } from '@atelier/contracts';
import { actorId, type Ctx } from '../../platform/context/index.js';

/** Roles with `budget:write`: they set budgets, raise them and decide on increases. */
export const RAISERS = ['owner', 'admin', 'billing'] as const satisfies readonly TenantRole[];

/** Whether somebody hears of what happens to the budget of `subjectId`. */
export function hearsOf(ctx: Ctx, subjectId: string): boolean {
  const subjects = subjectsSeenBy(ctx);
  return ctx.permissions.has('budget:read') && (subjects === null || subjects.includes(subjectId));
}

/** Whose budgets a caller sees: their own, their team's and the organisation's; null: all, for those who manage or audit. */
export function subjectsSeenBy(ctx: Ctx): string[] | null {
  if (ctx.permissions.has('budget:write') || ctx.role === 'auditor') return null;
  return [ctx.tenantId, actorId(ctx), ...(ctx.teamId ? [ctx.teamId] : []), ...(ctx.actor.kind === 'key' ? [ctx.actor.keyId] : [])];
}
