import type { Permission } from '@atelier/contracts';
import type { Actor, Ctx } from '../../platform/context/index.js';
import { notFound } from '../../platform/errors/index.js';
import { isTypeId, parseId } from '../../platform/ids/index.js';
import type { Standing } from '../members/index.js';
import { noTenant, tenantSuspended } from './access.errors.js';

/** A tenant in which the caller may act, with the rights it has there. */
export interface Place extends Standing {
  permissions: ReadonlySet<Permission>;
}

/** Who a credential stands for, as of a few seconds ago at most. */
export interface Identity {
  actor: Extract<Actor, { kind: 'user' | 'key' }>;
  /** Acts here unless the request says otherwise. */
  homeTenantId: string;
  places: readonly Place[];
  operator: boolean;
  /** When the credential ends by itself; null: never. */
  endsAt: Date | null;
  allowsAddress: (ip: string) => boolean;
}

/** The id that a revocation names: the session's or the key's. */
export const credentialId = (identity: Identity): string => (identity.actor.kind === 'user' ? identity.actor.sessionId : identity.actor.keyId);

/** Whether news about `id` (of a session, key, person or tenant) concerns what is known here. */
export const concerns = (identity: Identity, id: string): boolean =>
  credentialId(identity) === id || identity.actor.userId === id || identity.places.some((place) => place.tenantId === id);

/** The preferred tenant if the person is in it and it is open, else another one that is, else one that is not. */
export function homeOf<S extends Standing>(standings: readonly S[], preferred: string): S | undefined {
  const active = standings.filter((s) => s.active);
  const open = active.filter((s) => !s.suspended);
  return open.find((s) => s.tenantId === preferred) ?? open[0] ?? active.find((s) => s.tenantId === preferred) ?? active[0];
}

/**
 * Where a request acts: the tenant it names in `X-Tenant`, else the session's or key's.
 * @throws 404 for a tenant the caller is not in (no matter whether it exists), 403 `no_tenant` | `tenant_suspended`
 */
export function placeOf(identity: Identity, wanted: string | undefined): Place {
  if (wanted !== undefined && !isTypeId('tnt', wanted)) throw notFound('tnt');
  const place =
    wanted === undefined ? homeOf(identity.places, identity.homeTenantId) : identity.places.find((p) => p.active && p.tenantId === parseId('tnt', wanted));
  if (!place) throw wanted === undefined ? noTenant() : notFound('tnt');
  if (place.suspended) throw tenantSuspended();
  return place;
}

export const ctxOf = (identity: Identity, place: Place, request: { id: string; ip: string }): Ctx => ({
  tenantId: place.tenantId,
  actor: identity.actor,
  requestId: request.id,
  permissions: place.permissions,
  role: place.role,
  ip: request.ip,
  operator: identity.operator,
});
