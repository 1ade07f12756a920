import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Ctx } from '../../platform/context/index.js';
import { onCommit, SystemTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page, type PageQuery } from '../../platform/http/index.js';
import { newId, typeId } from '../../platform/ids/index.js';
import { Outbox, Wakeups } from '../../platform/outbox/index.js';
import { Audit, type AuditContext } from '../audit/index.js';
import { deviceOf } from './device.js';
import { hashSecret, newSecret } from './secret.js';
import { COOKIE_ABSOLUTE_MS, REFRESH_MS, type Client, type Session, type SessionGrant } from './session.js';
import { toSessionDto, type SessionListDto } from './sessions.dto.js';
import { peopleOnly } from './sessions.errors.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsSystemRepository, type Use } from './sessions.system.repository.js';

/** Sign-ins: opened once a password was right, listed and ended by their person. */
@Injectable()
export class Sessions {
  constructor(
    private readonly system: SystemTx,
    private readonly repository: SessionsSystemRepository,
    private readonly grants: SessionsRepository,
    private readonly audit: Audit,
    private readonly outbox: Outbox,
    private readonly wakeups: Wakeups,
  ) {}

  /** A browser's session, inside the caller's system transaction. `secret` goes into the cookie; only its hash is stored. */
  async openCookie(em: EntityManager, who: { userId: string; tenantId: string }, client: Client): Promise<{ session: Session; secret: string }> {
    const secret = newSecret();
    return { session: await this.open(em, who, client, 'cookie', hashSecret(secret)), secret };
  }

  /** A program's session, inside the caller's system transaction, with the first refresh token of its family. */
  async openTokens(em: EntityManager, who: { userId: string; tenantId: string }, client: Client): Promise<{ session: Session; refreshToken: string }> {
    const session = await this.open(em, who, client, 'token', null);
    const refreshToken = newSecret();
    await this.repository.insertToken(em, { id: newId(), sessionId: session.id, parentId: null, hash: hashSecret(refreshToken), lifeMs: REFRESH_MS });
    return { session, refreshToken };
  }

  async list(ctx: Ctx, query: PageQuery): Promise<SessionListDto> {
    const { userId, sessionId } = personOf(ctx);
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const found = await this.system.run('sessions: list own', (em) => this.repository.listLive(em, userId, { after, limit: query.limit + 1 }));
    const result = page(found, query.limit, (session) => encodeCursor(session.cursorAt, session.id));
    return { ...result, data: result.data.map((session) => toSessionDto(session, sessionId)) };
  }

  /** @throws 404 for a session of somebody else, or one that ended. */
  async revokeOwn(ctx: Ctx, sessionId: string): Promise<void> {
    const { userId } = personOf(ctx);
    const ended = await this.system.run('sessions: revoke', (em) => this.revoke(em, ctx, userId, { id: sessionId }, 'revoked by its person'));
    if (ended === 0) throw notFound('ses');
  }

  async revokeOthers(ctx: Ctx): Promise<void> {
    const { userId, sessionId } = personOf(ctx);
    await this.system.run('sessions: revoke others', (em) => this.revoke(em, ctx, userId, { except: sessionId }, 'revoked by its person'));
  }

  /** Ends sessions of a person inside the caller's system transaction; everywhere within 5 s of its commit. Answers how many ended. */
  async revoke(em: EntityManager, ctx: AuditContext, userId: string, which: { id?: string; except?: string }, reason: string): Promise<number> {
    const sessionIds = await this.repository.revoke(em, userId, which, reason);
    if (sessionIds.length === 0) return 0;
    for (const id of sessionIds) await this.audit.record(em, ctx, { action: 'session.revoked', target: typeId('ses', id), after: { reason } });
    await this.outbox.emit(em, ctx.tenantId, 'session.revoked', { sessionIds });
    onCommit(() => sessionIds.forEach((id) => this.wakeups.wake('revoked', id)));
    return sessionIds.length;
  }

  findBySecret(secret: string): Promise<SessionGrant | undefined> {
    return this.grants.findBySecret(hashSecret(secret));
  }

  /** Of a program's session: a browser's is not reached by an access token. */
  findById(sessionId: string): Promise<SessionGrant | undefined> {
    return this.grants.findById(sessionId);
  }

  /** Remembers uses that were collected for a while. */
  async touch(uses: readonly Use[]): Promise<void> {
    if (uses.length > 0) await this.system.run('sessions: last use', (em) => this.repository.touch(em, uses));
  }

  private open(
    em: EntityManager,
    who: { userId: string; tenantId: string },
    client: Client,
    kind: Session['kind'],
    secretHash: Buffer | null,
  ): Promise<Session> {
    const lifeMs = kind === 'cookie' ? COOKIE_ABSOLUTE_MS : REFRESH_MS;
    return this.repository.insert(em, { id: newId(), ...who, kind, secretHash, device: deviceOf(client.userAgent), ip: client.ip, lifeMs });
  }
}

/** The person of a request that came by a session. @throws 403 `people_only` for keys and system work. */
export function personOf(ctx: Ctx): { userId: string; sessionId: string } {
  if (ctx.actor.kind !== 'user') throw peopleOnly();
  return ctx.actor;
}
