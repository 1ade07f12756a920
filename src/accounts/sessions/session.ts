const DAY_MS = 86_400_000;
/** Domain §1: a browser's session ends after 7 days without use and after 30 days in any case. */
export const COOKIE_IDLE_MS = 7 * DAY_MS;
export const COOKIE_ABSOLUTE_MS = 30 * DAY_MS;
/** A refresh token lives 30 days; each use starts a new one. */
export const REFRESH_MS = 30 * DAY_MS;
/** A client that sent the same refresh token twice at once gets two answers within this time instead of losing its session. */
export const REFRESH_GRACE_MS = 10_000;

export interface Session {
  id: string;
  userId: string;
  /** The tenant it acts in unless a request says otherwise. */
  tenantId: string;
  kind: 'cookie' | 'token';
  device: string;
  ip: string | null;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
}

/** What authentication needs to know of a session. */
export interface SessionGrant {
  sessionId: string;
  userId: string;
  tenantId: string;
  kind: Session['kind'];
  lastUsedAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
  /** The person is a platform operator. */
  operator: boolean;
}

/** Who is at the other end: for the session list, the audit log and the counters. */
export interface Client {
  ip: string;
  userAgent: string;
  requestId: string;
}

/** The instant at which a session ends if it is not used again. */
export const endsAt = (session: Pick<Session, 'kind' | 'lastUsedAt' | 'expiresAt'>): Date =>
  session.kind === 'cookie' ? new Date(Math.min(session.expiresAt.getTime(), session.lastUsedAt.getTime() + COOKIE_IDLE_MS)) : session.expiresAt;

export const isLive = (session: Pick<Session, 'kind' | 'lastUsedAt' | 'expiresAt' | 'revokedAt'>, now: Date): boolean =>
  session.revokedAt === null && endsAt(session) > now;
