import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { isDomainError } from '../../platform/errors/index.js';
import { fromOwnPage } from '../../platform/http/index.js';
import { personOf, Sessions } from '../sessions/index.js';
import { Access } from './access.service.js';
import { clearSessionCookies } from './cookies.js';

/** The way out. */
@Injectable()
export class SignOut {
  private readonly publicUrl: string;

  constructor(
    @Inject(coreConfig.token) core: ConfigOf<typeof coreConfig>,
    private readonly system: SystemTx,
    private readonly access: Access,
    private readonly sessions: Sessions,
  ) {
    this.publicUrl = core.publicUrl;
  }

  /** Our own page is always rid of its cookies afterwards, also when the session had ended before. @throws 401 for other callers without a session. */
  async signOut(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const own = fromOwnPage(request, this.publicUrl);
    try {
      const ctx = await this.access.authenticate(request);
      const { userId, sessionId } = personOf(ctx);
      await this.system.run('sign out', (em) => this.sessions.revoke(em, ctx, userId, { id: sessionId }, 'signed out'));
    } catch (error) {
      if (!own || !isDomainError(error) || error.kind !== 'unauthenticated') throw error;
    }
    if (own) clearSessionCookies(reply, this.publicUrl);
  }
}
