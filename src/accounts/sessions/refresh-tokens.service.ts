import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SystemTx } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import type { AuditContext } from '../audit/index.js';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './access-tokens.service.js';
import { judgeRefresh, type RefreshVerdict } from './refresh.js';
import { fingerprint, hashSecret, newSecret } from './secret.js';
import { REFRESH_MS, type Client } from './session.js';
import { refreshRefused, refreshReused } from './sessions.errors.js';
import { Sessions } from './sessions.service.js';
import { SessionsSystemRepository, type LockedToken } from './sessions.system.repository.js';

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  /** Seconds the access token lives. */
  expiresIn: number;
}
type Exchange = { verdict: RefreshVerdict; token?: LockedToken; refreshToken?: string };

/** Exchanges a refresh token for the next one, and notices when somebody brings an old one. */
@Injectable()
export class RefreshTokens {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: SessionsSystemRepository,
    private readonly sessions: Sessions,
    private readonly accessTokens: AccessTokens,
  ) {}

  /** @throws 401 `invalid_refresh_token` | `refresh_token_reused` (the whole session has then ended). */
  async exchange(presented: string, client: Client): Promise<Tokens> {
    const { verdict, token, refreshToken } = await this.system.run('refresh token', (em) => this.decide(em, hashSecret(presented), client));
    if (verdict === 'reuse') throw refreshReused();
    if (!token || !refreshToken) throw refreshRefused();
    return { accessToken: await this.accessTokens.issue(token.userId, token.sessionId), refreshToken, expiresIn: ACCESS_TOKEN_SECONDS };
  }

  /** Answers instead of throwing: a refusal must not roll back the end of the session. */
  private async decide(em: EntityManager, hash: Buffer, client: Client): Promise<Exchange> {
    const token = await this.repository.lockToken(em, hash);
    if (!token) return { verdict: 'ended' };
    const verdict = judgeRefresh(token, fingerprint(client), token.now);
    if (verdict === 'reuse') {
      const ctx: AuditContext = { tenantId: token.tenantId, actor: { kind: 'anonymous' }, requestId: client.requestId, ip: client.ip };
      await this.sessions.revoke(em, ctx, token.userId, { id: token.sessionId }, 'an old refresh token was used again');
    }
    if (verdict === 'reuse' || verdict === 'ended') return { verdict };
    await this.repository.spend(em, token, fingerprint(client));
    const refreshToken = newSecret();
    await this.repository.insertToken(em, { id: newId(), sessionId: token.sessionId, parentId: token.id, hash: hashSecret(refreshToken), lifeMs: REFRESH_MS });
    await this.repository.extend(em, token.sessionId, client.ip, REFRESH_MS);
    return { verdict, token, refreshToken };
  }
}
