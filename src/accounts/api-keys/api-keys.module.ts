import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { MembersModule } from '../members/index.js';
import { SessionsModule } from '../sessions/index.js';
import { TenantsModule } from '../tenants/index.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeys } from './api-keys.service.js';
import { ApiKeysSystemRepository } from './api-keys.system.repository.js';
import { KeyRules } from './key-rules.service.js';
import { KeyUpkeep } from './key-upkeep.service.js';

@Module({
  imports: [AuditModule, TenantsModule, MembersModule, SessionsModule],
  controllers: [ApiKeysController],
  providers: [ApiKeys, ApiKeysRepository, ApiKeysSystemRepository, KeyRules, KeyUpkeep],
  exports: [ApiKeys, KeyUpkeep],
})
export class ApiKeysModule {}
