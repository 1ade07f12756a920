import { Module } from '@nestjs/common';
import { provideConfig } from '../../platform/config/index.js';
import { AuditModule } from '../audit/index.js';
import { MembersModule } from '../members/index.js';
import { AccessTokens } from './access-tokens.service.js';
import { InstallationKeys } from './installation-keys.service.js';
import { RefreshTokens } from './refresh-tokens.service.js';
import { Revocations } from './revocations.service.js';
import { SessionUpkeep } from './session-upkeep.service.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';
import { Sessions } from './sessions.service.js';
import { SessionsSystemRepository } from './sessions.system.repository.js';
import { sessionsConfig } from './settings.js';
import { SigningKeys } from './signing-keys.service.js';
import { SigningKeysSystemRepository } from './signing-keys.system.repository.js';

@Module({
  imports: [AuditModule, MembersModule],
  controllers: [SessionsController],
  providers: [
    provideConfig(sessionsConfig),
    Sessions,
    SessionUpkeep,
    SessionsRepository,
    SessionsSystemRepository,
    RefreshTokens,
    AccessTokens,
    SigningKeys,
    SigningKeysSystemRepository,
    InstallationKeys,
    Revocations,
  ],
  exports: [Sessions, RefreshTokens, AccessTokens, Revocations, InstallationKeys],
})
export class SessionsModule {}
