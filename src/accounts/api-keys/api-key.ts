import type { Permission } from '@atelier/contracts';

/** A key for programs: acts for its owner, within its scopes and the owner's rights at the time. */
export interface ApiKey {
  id: string;
  tenantId: string;
  ownerId: string;
  name: string;
  /** The 12 characters after `atl_live_`: how a key is found and recognised. */
  lookup: string;
  scopes: readonly Permission[];
  /** Addresses and networks it may be used from; empty: anywhere. */
  ipAllow: readonly string[];
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  /** Until when the secret before the last rotation still works. */
  previousUntil: Date | null;
  revokedAt: Date | null;
}

/** What authentication needs to know of a key, whoever's it is. */
export interface KeyGrant {
  keyId: string;
  tenantId: string;
  ownerId: string;
  scopes: readonly Permission[];
  ipAllow: readonly string[];
  /** The earlier of the key's own end and, for a secret that was rotated away, the end of its overlap. */
  expiresAt: Date | null;
  revokedAt: Date | null;
}
