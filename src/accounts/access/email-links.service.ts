import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { Mail, mailConfig, type MailConfig } from '../../platform/mail/index.js';
import { Sweeper } from '../../platform/outbox/index.js';
import { hashSecret, newSecret } from '../sessions/index.js';
import { linkInvalid } from './access.errors.js';
import { EmailTokensSystemRepository, type EmailToken, type LinkPurpose } from './email-tokens.system.repository.js';

const MINUTE_MS = 60_000;
const RESET_MS = 30 * MINUTE_MS;
const VERIFY_MS = 7 * 24 * 60 * MINUTE_MS;

interface Addressee {
  userId: string;
  tenantId: string;
  email: string;
}

/** Mails with a link that works once. Only the hash of its 256-bit token is stored. */
@Injectable()
export class EmailLinks implements OnModuleInit {
  constructor(
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    @Inject(mailConfig.token) private readonly mailSettings: MailConfig,
    private readonly system: SystemTx,
    private readonly tokens: EmailTokensSystemRepository,
    private readonly mail: Mail,
    private readonly sweeper: Sweeper,
  ) {}

  onModuleInit(): void {
    this.sweeper.every('email-tokens', 60 * MINUTE_MS, () => this.system.run('email tokens: delete expired', (em) => this.tokens.deleteExpired(em)));
  }

  /** Inside the caller's system transaction. Nothing where mail never leaves the house: there is nothing to prove then (domain §1). */
  async sendVerification(em: EntityManager, to: Addressee): Promise<void> {
    if (this.mailSettings.smtpUrl === undefined) return;
    const link = await this.makeLink(em, to, 'verify', VERIFY_MS);
    await this.mail.send(em, {
      tenantId: to.tenantId,
      to: to.email,
      subject: 'Confirm your e-mail address',
      text: `Welcome to Atelier.\n\nOpen this link to confirm that ${to.email} is yours. It works once, for 7 days:\n\n${link}\n\nIf you did not make an account, there is nothing to do.\n`,
    });
  }

  /** Inside the caller's system transaction. */
  async sendReset(em: EntityManager, to: Addressee): Promise<void> {
    const link = await this.makeLink(em, to, 'reset', RESET_MS);
    await this.mail.send(em, {
      tenantId: to.tenantId,
      to: to.email,
      subject: 'Set a new password',
      text: `Somebody asked for a new password for the account of ${to.email}.\n\nOpen this link to set one. It works once, for 30 minutes:\n\n${link}\n\nIf it was not you, there is nothing to do: your password stays as it is.\n`,
    });
  }

  /** Inside the transaction that changes address or password: links that were asked for before it end with what they were asked for. */
  endResets(em: EntityManager, userId: string): Promise<void> {
    return this.tokens.deleteOf(em, userId, 'reset');
  }

  /** Looks without spending. @throws 422 `link_invalid`. */
  async require(token: string, purpose: LinkPurpose): Promise<EmailToken> {
    const found = await this.system.run('email token: look', (em) => this.tokens.find(em, hashSecret(token), purpose));
    if (!found) throw linkInvalid();
    return found;
  }

  /** Inside the transaction of what the link allows. @throws 422 `link_invalid`. */
  async spend(em: EntityManager, token: string, purpose: LinkPurpose): Promise<EmailToken> {
    const spent = await this.tokens.spend(em, hashSecret(token), purpose);
    if (!spent) throw linkInvalid();
    return spent;
  }

  /** The token stands in the fragment: it reaches no server's log and no other site's Referer. */
  private async makeLink(em: EntityManager, to: Addressee, purpose: LinkPurpose, lifeMs: number): Promise<string> {
    const token = newSecret();
    await this.tokens.insert(em, { hash: hashSecret(token), userId: to.userId, purpose, email: to.email, lifeMs });
    return `${this.core.publicUrl}/${purpose === 'reset' ? 'reset-password' : 'verify-email'}#token=${token}`;
  }
}
