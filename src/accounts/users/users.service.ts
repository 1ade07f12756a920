import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Ctx } from '../../platform/context/index.js';
import { SystemTx, TenantTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Audit, type AuditContext } from '../audit/index.js';
import { normalEmail, type Account, type UserView } from './user.js';
import { emailTaken } from './users.errors.js';
import { UsersRepository } from './users.repository.js';
import { UsersSystemRepository, type NewAccount } from './users.system.repository.js';

@Injectable()
export class Users {
  constructor(
    private readonly tx: TenantTx,
    private readonly system: SystemTx,
    private readonly repository: UsersRepository,
    private readonly accounts: UsersSystemRepository,
    private readonly audit: Audit,
  ) {}

  /** A person of the context's tenant. @throws 404 for everybody else. */
  async getColleague(ctx: Ctx, userId: string): Promise<UserView> {
    const user = await this.tx.run(ctx, (em) => this.repository.findColleague(em, userId));
    if (!user) throw notFound('usr');
    return user;
  }

  /** Any person by uuid: for mails and events, never for an answer to somebody else. */
  async find(userId: string): Promise<UserView | null> {
    const account = await this.findAccount(userId);
    return account ? { id: account.id, email: account.email, name: account.name, createdAt: account.createdAt } : null;
  }

  findAccount(userId: string): Promise<Account | undefined> {
    return this.system.run('accounts: find', (em) => this.accounts.findById(em, userId));
  }

  findAccountByEmail(email: string): Promise<Account | undefined> {
    // A NUL cannot be in a stored address, and the database refuses to look for one.
    if (email.includes('\0')) return Promise.resolve(undefined);
    return this.system.run('accounts: find by e-mail', (em) => this.accounts.findByEmail(em, normalEmail(email)));
  }

  /** Where operators get mail, inside a system transaction. */
  operators(em: EntityManager): Promise<{ email: string; tenantId: string }[]> {
    return this.accounts.operators(em);
  }

  /** Inside a system transaction. @throws 409 `email_taken`. */
  async create(em: EntityManager, account: NewAccount): Promise<void> {
    if (!(await this.accounts.insert(em, { ...account, email: normalEmail(account.email) }))) throw emailTaken();
  }

  /** Inside a system transaction: loads the account under lock, writes what `change` makes of it, and records that. @throws 409 `email_taken`. */
  async change(em: EntityManager, ctx: AuditContext, userId: string, change: (account: Account) => Account): Promise<{ before: Account; after: Account }> {
    const before = await this.accounts.findById(em, userId, 'update');
    if (!before) throw notFound('usr');
    const after = change(before);
    if (!(await this.accounts.update(em, after))) throw emailTaken();
    const seen = ({ email, name, emailVerifiedAt }: Account): object => ({ email, name, emailVerified: emailVerifiedAt !== null });
    const note = {
      action: 'user.updated',
      target: typeId('usr', userId),
      before: seen(before),
      after: { ...seen(after), passwordChanged: after.passwordHash !== before.passwordHash },
    };
    await this.audit.record(em, ctx, note);
    return { before, after };
  }
}
