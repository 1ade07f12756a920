import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EntityManager } from 'typeorm';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { fromOwnPage } from '../../platform/http/index.js';
import { typeId } from '../../platform/ids/index.js';
import { ACCESS_TOKEN_SECONDS, AccessTokens, Sessions } from '../sessions/index.js';
import type { SignedInDto } from './access.dto.js';
import { clientOf } from './client.js';
import { setSessionCookies } from './cookies.js';

/** A session just opened, with the secret that its owner gets once. */
export interface Opened {
  sessionId: string;
  userId: string;
  cookie?: string;
  refreshToken?: string;
}
interface Newcomer {
  user: { id: string; email: string; name: string };
  tenant: { id: string; name: string };
}

/** Opens the kind of session that fits the caller, and hands over what belongs to it: cookies to our own pages, tokens to everybody else. */
@Injectable()
export class SessionDoor {
  private readonly publicUrl: string;

  constructor(
    @Inject(coreConfig.token) core: ConfigOf<typeof coreConfig>,
    private readonly sessions: Sessions,
    private readonly accessTokens: AccessTokens,
  ) {
    this.publicUrl = core.publicUrl;
  }

  /** Inside the caller's system transaction. */
  async open(em: EntityManager, who: { userId: string; tenantId: string }, request: FastifyRequest): Promise<Opened> {
    if (fromOwnPage(request, this.publicUrl)) {
      const { session, secret } = await this.sessions.openCookie(em, who, clientOf(request));
      return { sessionId: session.id, userId: who.userId, cookie: secret };
    }
    const { session, refreshToken } = await this.sessions.openTokens(em, who, clientOf(request));
    return { sessionId: session.id, userId: who.userId, refreshToken };
  }

  /** After the commit. */
  async welcome(opened: Opened, { user, tenant }: Newcomer, reply: FastifyReply): Promise<SignedInDto> {
    // Tokens and cookies must not stay in anybody's cache.
    reply.header('cache-control', 'no-store');
    const greeting = { user: { id: typeId('usr', user.id), email: user.email, name: user.name }, tenant: { id: typeId('tnt', tenant.id), name: tenant.name } };
    if (opened.cookie !== undefined) {
      setSessionCookies(reply, this.publicUrl, opened.cookie);
      return greeting;
    }
    return {
      ...greeting,
      accessToken: await this.accessTokens.issue(opened.userId, opened.sessionId),
      refreshToken: opened.refreshToken,
      expiresIn: ACCESS_TOKEN_SECONDS,
    };
  }
}
