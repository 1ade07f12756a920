import type { TenantRole } from '@atelier/contracts';
import type { DomainError } from '../../platform/errors/index.js';
import type { Member } from './member.js';
import { lastOwner, notActive, ownersOnly } from './members.errors.js';

interface Change {
  /** Role of the one who asks. */
  by: string;
  target: Pick<Member, 'role' | 'status'>;
  /** The new role; null: deactivate. */
  to: TenantRole | null;
  /** Active owners there are now. */
  owners: number;
}

/** Why a change must not be made; null when it may. Rights of the route were checked before. */
export function refusal({ by, target, to, owners }: Change): DomainError | null {
  if (target.status !== 'active') return to === null ? null : notActive();
  const touchesOwner = target.role === 'owner' || to === 'owner';
  if (touchesOwner && by !== 'owner') return ownersOnly();
  if (target.role === 'owner' && to !== 'owner' && owners <= 1) return lastOwner();
  return null;
}
