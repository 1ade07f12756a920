import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { OperatorController } from './operator.controller.js';
import { OperatorDesk } from './operator-desk.service.js';
import { OperatorMail } from './operator-mail.service.js';
import { TenantsController } from './tenants.controller.js';
import { TenantsRepository } from './tenants.repository.js';
import { Tenants } from './tenants.service.js';
import { TenantsSystemRepository } from './tenants.system.repository.js';

@Module({
  imports: [AuditModule],
  controllers: [TenantsController, OperatorController],
  providers: [Tenants, TenantsRepository, TenantsSystemRepository, OperatorDesk, OperatorMail],
  exports: [Tenants],
})
export class TenantsModule {}
