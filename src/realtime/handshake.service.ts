import { fastifyCookie } from '@fastify/cookie';
import { Inject, Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { coreConfig, type ConfigOf } from '../platform/config/index.js';
import type { Ctx } from '../platform/context/index.js';
import { DomainError } from '../platform/errors/index.js';
import { Authenticator, fromOwnPage, type AuthRequest } from '../platform/http/index.js';
import { newId } from '../platform/ids/index.js';

/** Who opened a connection, and how to ask again later. */
export interface Admitted {
  ctx: Ctx;
  recheck: () => Promise<Ctx>;
}

/**
 * Lets sockets in by the rules that requests live under: bearer token or key, or the session cookie. Browsers open sockets across origins
 * with cookies and without asking, so a cookie counts only from our own pages.
 */
@Injectable()
export class Handshake {
  constructor(
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    private readonly authenticator: Authenticator,
  ) {}

  /** @throws DomainError 401 `unauthenticated`, 403 `foreign_origin`, `permission_denied` */
  async admit(request: IncomingMessage, token?: string): Promise<Admitted> {
    const asked = this.asRequest(request, token);
    if (!asked.headers.authorization && asked.headers.cookie && !fromOwnPage(asked, this.core.publicUrl)) {
      throw new DomainError({
        kind: 'forbidden',
        code: 'foreign_origin',
        detail: 'A session cookie opens a socket only from our own pages. Send an access token or an API key instead.',
      });
    }
    return this.admitted(asked);
  }

  /** For streams over ordinary requests, which the guards have let in already. */
  recheckOf(request: AuthRequest, ctx: Ctx): Admitted['recheck'] {
    return () => this.authenticator.recheck(request, ctx);
  }

  private async admitted(asked: AuthRequest): Promise<Admitted> {
    const ctx = await this.authenticator.authenticate(asked);
    if (!ctx.permissions.has('job:read'))
      throw new DomainError({
        kind: 'forbidden',
        code: 'permission_denied',
        detail: 'Following jobs needs the permission job:read, which your role or key does not have. Ask an administrator for it.',
      });
    return { ctx, recheck: this.recheckOf(asked, ctx) };
  }

  private asRequest(request: IncomingMessage, token: string | undefined): AuthRequest {
    const { cookie: cookies, ...rest } = request.headers;
    return {
      id: newId(),
      headers: token ? { ...rest, authorization: `Bearer ${token}` } : request.headers,
      cookies: token || !cookies ? {} : fastifyCookie.parse(cookies),
      ip: request.socket.remoteAddress ?? '',
      method: 'GET',
      url: request.url ?? '/',
    };
  }
}
