import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SystemTx } from '../../platform/database/index.js';
import { typeId } from '../../platform/ids/index.js';
import { log } from '../../platform/telemetry/index.js';
import { Audit } from '../audit/index.js';
import type { Client } from '../sessions/index.js';
import { normalEmail, PasswordHasher, Users, type Account } from '../users/index.js';
import { invalidCredentials } from './access.errors.js';
import { SignInAttempts, type Attempt } from './sign-in-attempts.service.js';

/** Checks passwords: slowly for guessers, and with the same answer in the same time whether or not the account exists. */
@Injectable()
export class SignIn {
  private readonly log = log('accounts/access');

  constructor(
    private readonly system: SystemTx,
    private readonly users: Users,
    private readonly hasher: PasswordHasher,
    private readonly attempts: SignInAttempts,
    private readonly audit: Audit,
  ) {}

  /** Signs in by password; `open` makes the session in the same transaction. @throws 401 `invalid_credentials`, 429, 503. */
  async byPassword<T>(
    email: string,
    password: string,
    client: Client,
    open: (em: EntityManager, account: Account) => Promise<{ sessionId: string; opened: T }>,
  ): Promise<{ account: Account; opened: T }> {
    const { account, attempt } = await this.check(email, password, client);
    return this.system.run('sign in', async (em) => {
      const { sessionId, opened } = await open(em, account);
      const ctx = {
        tenantId: account.defaultTenantId,
        actor: { kind: 'user', userId: account.id, sessionId } as const,
        requestId: client.requestId,
        ip: client.ip,
      };
      await this.audit.record(em, ctx, { action: 'auth.signed_in', target: typeId('usr', account.id), after: { by: 'password' } });
      // Last: the counter of a network is shared by all who sign in from it.
      await this.attempts.succeed(em, attempt);
      return { account, opened };
    });
  }

  /** A person who is signed in shows once more that it is them. Counted like a sign-in. */
  async confirm(email: string, password: string, client: Client): Promise<boolean> {
    try {
      const { attempt } = await this.check(email, password, client);
      await this.system.run('confirm password', (em) => this.attempts.succeed(em, attempt));
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === invalidCredentials().code) return false;
      throw error;
    }
  }

  private async check(email: string, password: string, client: Client): Promise<{ account: Account; attempt: Attempt }> {
    const address = normalEmail(email);
    const attempt = await this.attempts.begin(address, client.ip);
    const account = await this.users.findAccountByEmail(address);
    const right = await this.hasher.verify(account?.passwordHash, password).catch(async (error: unknown) => {
      await this.attempts.takeBack(attempt);
      throw error;
    });
    if (account && right) return { account, attempt };
    // Not waited for: writing takes a moment that an unknown address would not take.
    if (account)
      this.noteRefusal(account, client).catch((error: unknown) => this.log.warn({ err: error }, 'a refused sign-in could not be written to the audit log'));
    throw invalidCredentials();
  }

  private noteRefusal(account: Account, client: Client): Promise<void> {
    const ctx = { tenantId: account.defaultTenantId, actor: { kind: 'anonymous' } as const, requestId: client.requestId, ip: client.ip };
    return this.audit.note(ctx, { action: 'auth.sign_in_refused', target: typeId('usr', account.id), after: { by: 'password' } });
  }
}
