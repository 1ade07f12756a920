import type { Visibility } from '@atelier/contracts';
import type { Ctx } from '../../platform/context/index.js';

/** What decides who may see an asset. */
export interface Owned {
  ownerId: string;
  teamId: string | null;
  visibility: Visibility;
}

/**
 * `content`: sees everything. `override`: sees it only by `content:read_all`, which is written to the audit log.
 * `metadata`: an owner or admin who sees that it exists and what it cost. `none`: for this caller it does not exist.
 */
export type Access = 'content' | 'override' | 'metadata' | 'none';

/** The rows a caller gets are those of the own tenant, so `community` reaches as far as `tenant` here. */
export function accessTo(ctx: Ctx, asset: Owned): Access {
  if (ctx.actor.kind === 'system' || asset.ownerId === ctx.actor.userId) return 'content';
  if (asset.visibility === 'tenant' || asset.visibility === 'community') return 'content';
  if (asset.visibility === 'team' && asset.teamId !== null && asset.teamId === ctx.teamId) return 'content';
  if (ctx.permissions.has('content:read_all')) return 'override';
  return administers(ctx) ? 'metadata' : 'none';
}

/** A key has scopes, not a role: whoever owns it, it sees and manages what is its owner's and what is shared, no more. */
export const administers = (ctx: Ctx): boolean => ctx.actor.kind === 'user' && (ctx.role === 'owner' || ctx.role === 'admin');

/** Who may delete it: the one who owns it, and those who administer the tenant. */
export const mayManage = (ctx: Ctx, asset: Owned): boolean => ctx.actor.kind === 'system' || asset.ownerId === ctx.actor.userId || administers(ctx);

/** Who may change who sees it. Showing somebody else's picture to all is reading it oneself, so that it needs that right too. */
export const mayShow = (ctx: Ctx, asset: Owned): boolean =>
  mayManage(ctx, asset) && (ctx.actor.kind === 'system' || asset.ownerId === ctx.actor.userId || ctx.permissions.has('content:read_all'));
