import { REFRESH_GRACE_MS } from './session.js';

export interface PresentedToken {
  usedAt: Date | null;
  /** Fingerprint of the client that used it. */
  usedBy: Buffer | null;
  expiresAt: Date;
  sessionRevokedAt: Date | null;
  sessionExpiresAt: Date;
}

/**
 * `rotate`: first use. `race`: the same client sent it twice at once, and gets a second successor. `reuse`: somebody has an old token, so the
 * whole family must end. `ended`: nothing to refresh.
 */
export type RefreshVerdict = 'rotate' | 'race' | 'reuse' | 'ended';

/** `now` is the database's, like the stamps it is compared with. */
export function judgeRefresh(token: PresentedToken, client: Buffer, now: Date): RefreshVerdict {
  if (token.sessionRevokedAt !== null || token.sessionExpiresAt <= now || token.expiresAt <= now) return 'ended';
  if (token.usedAt === null) return 'rotate';
  const sameClient = token.usedBy !== null && token.usedBy.equals(client);
  return sameClient && now.getTime() - token.usedAt.getTime() <= REFRESH_GRACE_MS ? 'race' : 'reuse';
}
