import { Injectable } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { log } from '../../platform/telemetry/index.js';
import type { Client } from '../sessions/index.js';
import { normalEmail, Users } from '../users/index.js';
import { EmailLinks } from './email-links.service.js';
import { SignInAttempts } from './sign-in-attempts.service.js';

/** "I forgot my password." */
@Injectable()
export class LinkRequests {
  private readonly log = log('accounts/access');

  constructor(
    private readonly system: SystemTx,
    private readonly users: Users,
    private readonly links: EmailLinks,
    private readonly attempts: SignInAttempts,
  ) {}

  /** The same answer in the same time for every address: the mail is written after it. Each asking counts as a failed attempt. @throws 429. */
  async askReset(email: string, client: Client): Promise<void> {
    const address = normalEmail(email);
    await this.attempts.begin(`reset ${address}`, client.ip);
    void this.sendReset(address).catch((error: unknown) => this.log.warn({ err: error }, 'a mail to set a new password could not be written'));
  }

  private async sendReset(email: string): Promise<void> {
    const account = await this.users.findAccountByEmail(email);
    if (!account) return;
    await this.system.run('password reset: mail', (em) =>
      this.links.sendReset(em, { userId: account.id, tenantId: account.defaultTenantId, email: account.email }),
    );
  }
}
