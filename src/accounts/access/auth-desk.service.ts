import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Members } from '../members/index.js';
import { emailTaken, normalEmail } from '../users/index.js';
import type { LoginDto, RegisterDto, SignedInDto } from './access.dto.js';
import { noTenant } from './access.errors.js';
import { Accounts } from './accounts.service.js';
import { clientOf } from './client.js';
import { EmailLinks } from './email-links.service.js';
import { homeOf } from './identity.js';
import { SessionDoor } from './session-door.service.js';
import { SignIn } from './sign-in.service.js';
import { SignInAttempts } from './sign-in-attempts.service.js';

/** The ways in. */
@Injectable()
export class AuthDesk {
  constructor(
    private readonly accounts: Accounts,
    private readonly signIn: SignIn,
    private readonly attempts: SignInAttempts,
    private readonly door: SessionDoor,
    private readonly members: Members,
    private readonly links: EmailLinks,
  ) {}

  /** @throws 409 `email_taken` (counted like a wrong password, so that addresses cannot be tried out in numbers), 422, 429. */
  async register(wish: RegisterDto, request: FastifyRequest, reply: FastifyReply): Promise<SignedInDto> {
    const client = clientOf(request);
    const attempt = await this.attempts.begin(`register ${normalEmail(wish.email)}`, client.ip);
    try {
      const made = await this.accounts.register(wish, client, async (em, { userId, tenantId, email }) => {
        await this.links.sendVerification(em, { userId, tenantId, email });
        const opened = await this.door.open(em, { userId, tenantId }, request);
        await this.attempts.succeed(em, attempt);
        return opened;
      });
      return await this.door.welcome(
        made.opened,
        { user: { id: made.userId, email: made.email, name: made.name }, tenant: { id: made.tenantId, name: made.tenantName } },
        reply,
      );
    } catch (error) {
      if ((error as { code?: string }).code !== emailTaken().code) await this.attempts.takeBack(attempt);
      throw error;
    }
  }

  /** @throws 401 `invalid_credentials`, 403 `no_tenant`, 429 `too_many_attempts`, 503 `sign_in_busy`. */
  async login({ email, password }: LoginDto, request: FastifyRequest, reply: FastifyReply): Promise<SignedInDto> {
    const { account, opened } = await this.signIn.byPassword(email, password, clientOf(request), async (em, found) => {
      const home = homeOf(await this.members.standingsOf(found.id), found.defaultTenantId);
      if (!home) throw noTenant();
      const session = await this.door.open(em, { userId: found.id, tenantId: home.tenantId }, request);
      return { sessionId: session.sessionId, opened: { session, home } };
    });
    return this.door.welcome(opened.session, { user: account, tenant: { id: opened.home.tenantId, name: opened.home.tenantName } }, reply);
  }
}
