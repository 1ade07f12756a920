import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/index.js';
import { AuditModule } from '../audit/index.js';
import { MembersModule } from '../members/index.js';
import { SessionsModule } from '../sessions/index.js';
import { TenantsModule } from '../tenants/index.js';
import { UsersModule } from '../users/index.js';
import { Access } from './access.service.js';
import { AccountChanges } from './account-changes.service.js';
import { Accounts } from './accounts.service.js';
import { AuthController } from './auth.controller.js';
import { AuthDesk } from './auth-desk.service.js';
import { Callers } from './callers.service.js';
import { Denials } from './denials.service.js';
import { EmailLinks } from './email-links.service.js';
import { EmailTokensSystemRepository } from './email-tokens.system.repository.js';
import { Identities } from './identities.service.js';
import { LastUse } from './last-use.service.js';
import { LinkRequests } from './link-requests.service.js';
import { LinkVisits } from './link-visits.service.js';
import { MeController } from './me.controller.js';
import { Me } from './me.service.js';
import { SessionDoor } from './session-door.service.js';
import { SignInAttempts } from './sign-in-attempts.service.js';
import { SignInAttemptsSystemRepository } from './sign-in-attempts.system.repository.js';
import { SignIn } from './sign-in.service.js';
import { SignOut } from './sign-out.service.js';

@Module({
  imports: [AuditModule, TenantsModule, UsersModule, MembersModule, SessionsModule, ApiKeysModule],
  controllers: [AuthController, MeController],
  providers: [
    Access,
    Callers,
    Identities,
    LastUse,
    Denials,
    Accounts,
    AuthDesk,
    SessionDoor,
    SignIn,
    SignOut,
    SignInAttempts,
    SignInAttemptsSystemRepository,
    Me,
    AccountChanges,
    EmailLinks,
    EmailTokensSystemRepository,
    LinkRequests,
    LinkVisits,
  ],
  exports: [Access, Accounts],
})
export class AccessModule {}
