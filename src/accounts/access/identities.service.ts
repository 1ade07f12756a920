import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/index.js';
import type { DomainError } from '../../platform/errors/index.js';
import { addressFilter, ApiKeys, looksLikeKey } from '../api-keys/index.js';
import { Members } from '../members/index.js';
import { AccessTokens, endsAt, isLive, Sessions, type SessionGrant } from '../sessions/index.js';
import { Entitlements } from '../tenants/index.js';
import { apiKeyEnded, invalidAccessToken, invalidApiKey, sessionEnded } from './access.errors.js';
import type { Credential } from './credential.js';
import type { Identity } from './identity.js';
import { keyRights, rightsOf } from './rights.js';

const anywhere = (): boolean => true;
const earlier = (a: Date, b: Date): Date => (a < b ? a : b);

/** Finds out, from the rows, whom a credential stands for and what they may do. */
@Injectable()
export class Identities {
  constructor(
    private readonly sessions: Sessions,
    private readonly tokens: AccessTokens,
    private readonly keys: ApiKeys,
    private readonly members: Members,
    private readonly entitlements: Entitlements,
    private readonly clock: Clock,
  ) {}

  /** @throws 401 for what is unknown or has ended; 403 `plan_required` for a key whose tenant's plan has none any more */
  lookUp({ kind, secret }: Credential): Promise<Identity> {
    if (kind === 'cookie') return this.byCookie(secret);
    return looksLikeKey(secret) ? this.byKey(secret) : this.byAccessToken(secret);
  }

  /** @throws 401 when the session has ended */
  async bySession(sessionId: string): Promise<Identity> {
    return this.person(await this.sessions.findById(sessionId), sessionEnded);
  }

  private async byCookie(secret: string): Promise<Identity> {
    return this.person(await this.sessions.findBySecret(secret), sessionEnded);
  }

  private async byAccessToken(token: string): Promise<Identity> {
    const claims = await this.tokens.verify(token);
    if (!claims) throw invalidAccessToken();
    const session = await this.sessions.findById(claims.sessionId);
    if (session && session.userId !== claims.userId) throw invalidAccessToken();
    const identity = await this.person(session, sessionEnded);
    return { ...identity, endsAt: earlier(identity.endsAt!, claims.expiresAt) };
  }

  private async person(session: SessionGrant | undefined, ended: () => DomainError): Promise<Identity> {
    if (!session || !isLive(session, this.clock.now())) throw ended();
    const standings = await this.members.standingsOf(session.userId);
    return {
      actor: { kind: 'user', userId: session.userId, sessionId: session.sessionId },
      homeTenantId: session.tenantId,
      places: standings.map((standing) => ({ ...standing, permissions: rightsOf(standing.role, session.operator) })),
      operator: session.operator,
      endsAt: endsAt(session),
      allowsAddress: anywhere,
    };
  }

  private async byKey(secret: string): Promise<Identity> {
    const grant = await this.keys.findGrant(secret);
    if (!grant) throw invalidApiKey();
    if (grant.revokedAt || (grant.expiresAt && grant.expiresAt <= this.clock.now())) throw apiKeyEnded();
    const standing = (await this.members.standingsOf(grant.ownerId)).find((s) => s.tenantId === grant.tenantId && s.active);
    if (!standing) throw apiKeyEnded();
    await this.entitlements.require(grant, { limit: 'apiKeys' });
    return {
      actor: { kind: 'key', keyId: grant.keyId, userId: grant.ownerId },
      homeTenantId: grant.tenantId,
      places: [{ ...standing, permissions: keyRights(grant.scopes, standing.role) }],
      operator: false,
      endsAt: grant.expiresAt,
      allowsAddress: addressFilter(grant.ipAllow),
    };
  }
}
