import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../platform/context/index.js';
import { SystemTx } from '../../platform/database/index.js';
import { invalid, notFound } from '../../platform/errors/index.js';
import { personOf, Sessions } from '../sessions/index.js';
import { normalEmail, PasswordHasher, passwordFaults, Users, wrongCurrentPassword, type Account, type UpdateMeDto } from '../users/index.js';
import { EmailLinks } from './email-links.service.js';
import { SignIn } from './sign-in.service.js';

/** Changes a person makes to their own account. */
@Injectable()
export class AccountChanges {
  constructor(
    private readonly system: SystemTx,
    private readonly users: Users,
    private readonly hasher: PasswordHasher,
    private readonly signIn: SignIn,
    private readonly sessions: Sessions,
    private readonly links: EmailLinks,
  ) {}

  /**
   * Fields that are left out stay. Address and password change only with the current password; a new password ends all other sessions.
   * @throws 403 `people_only` | `wrong_current_password`, 409 `email_taken`, 422, 429
   */
  async apply(ctx: Ctx, change: UpdateMeDto): Promise<void> {
    const { userId, sessionId } = personOf(ctx);
    const account = await this.users.findAccount(userId);
    if (!account) throw notFound('usr');
    const email = change.email ? normalEmail(change.email) : account.email;
    const name = change.name?.trim() ?? account.name;
    const newPassword = change.newPassword ?? undefined;
    if (email !== account.email || newPassword !== undefined) await this.confirm(ctx, account, change.currentPassword ?? undefined);
    const faults = newPassword === undefined ? [] : passwordFaults(newPassword, '/newPassword', [email, name]);
    if (faults.length > 0) throw invalid(faults);
    const passwordHash = newPassword === undefined ? undefined : await this.hasher.hash(newPassword);
    await this.system.run('change own account', async (em) => {
      const { before, after } = await this.users.change(em, ctx, userId, (now) => ({
        ...now,
        name,
        email,
        passwordHash: passwordHash ?? now.passwordHash,
        emailVerifiedAt: email === now.email ? now.emailVerifiedAt : null,
      }));
      if (passwordHash !== undefined || after.email !== before.email) await this.links.endResets(em, userId);
      if (passwordHash !== undefined) await this.sessions.revoke(em, ctx, userId, { except: sessionId }, 'the password was changed');
      if (after.email !== before.email) await this.links.sendVerification(em, { userId, tenantId: after.defaultTenantId, email: after.email });
    });
  }

  private async confirm(ctx: Ctx, account: Account, currentPassword: string | undefined): Promise<void> {
    if (currentPassword === undefined) {
      throw invalid([
        {
          pointer: '/currentPassword',
          code: 'required',
          message: 'currentPassword is required to change e-mail address or password.',
          fix: 'Send the password you sign in with now.',
        },
      ]);
    }
    const client = { ip: ctx.ip ?? '', userAgent: '', requestId: ctx.requestId };
    if (!(await this.signIn.confirm(account.email, currentPassword, client))) throw wrongCurrentPassword();
  }
}
