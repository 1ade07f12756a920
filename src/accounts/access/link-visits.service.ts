import { Injectable } from '@nestjs/common';
import { SystemTx } from '../../platform/database/index.js';
import { invalid } from '../../platform/errors/index.js';
import type { AuditContext } from '../audit/index.js';
import { Sessions, type Client } from '../sessions/index.js';
import { PasswordHasher, passwordFaults, Users, type Account } from '../users/index.js';
import { linkInvalid } from './access.errors.js';
import { EmailLinks } from './email-links.service.js';
import type { EmailToken, LinkPurpose } from './email-tokens.system.repository.js';

/** What a link from a mail lets its visitor do, once. */
@Injectable()
export class LinkVisits {
  constructor(
    private readonly system: SystemTx,
    private readonly users: Users,
    private readonly hasher: PasswordHasher,
    private readonly sessions: Sessions,
    private readonly links: EmailLinks,
  ) {}

  /** Sets a new password and ends every session. The link also proves the address. @throws 422 `link_invalid` | `validation_failed`. */
  async resetPassword(token: string, password: string, client: Client): Promise<void> {
    const account = await this.accountOf(token, 'reset');
    const faults = passwordFaults(password, '/password', [account.email, account.name]);
    if (faults.length > 0) throw invalid(faults);
    const passwordHash = await this.hasher.hash(password);
    const ctx = visitor(account, client);
    await this.system.run('password reset', async (em) => {
      const { email } = await this.links.spend(em, token, 'reset');
      await this.users.change(em, ctx, account.id, (now) => {
        // Who reads the mail of an address that was given up has no say over the account any more.
        if (now.email !== email) throw linkInvalid();
        return { ...now, passwordHash, emailVerifiedAt: provenAt(now, email) };
      });
      await this.links.endResets(em, account.id);
      await this.sessions.revoke(em, ctx, account.id, {}, 'the password was reset');
    });
  }

  /** @throws 422 `link_invalid`. */
  async verifyEmail(token: string, client: Client): Promise<void> {
    const account = await this.accountOf(token, 'verify');
    await this.system.run('verify e-mail', async (em) => {
      const { email } = await this.links.spend(em, token, 'verify');
      await this.users.change(em, visitor(account, client), account.id, (now) => ({ ...now, emailVerifiedAt: provenAt(now, email) }));
    });
  }

  private async accountOf(token: string, purpose: LinkPurpose): Promise<Account> {
    const { userId }: EmailToken = await this.links.require(token, purpose);
    const account = await this.users.findAccount(userId);
    if (!account) throw linkInvalid();
    return account;
  }
}

const visitor = (account: Account, client: Client): AuditContext => ({
  tenantId: account.defaultTenantId,
  actor: { kind: 'anonymous' },
  requestId: client.requestId,
  ip: client.ip,
});

/** A link proves the address it was sent to, not one that took its place since. */
const provenAt = (account: Account, email: string): Date | null =>
  account.email === email ? (account.emailVerifiedAt ?? new Date()) : account.emailVerifiedAt;
