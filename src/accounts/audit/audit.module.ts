import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditRepository } from './audit.repository.js';
import { Audit } from './audit.service.js';
import { AuditSystemRepository } from './audit.system.repository.js';
import { AuditSealer } from './audit-sealer.service.js';

@Module({
  controllers: [AuditController],
  providers: [Audit, AuditRepository, AuditSealer, AuditSystemRepository],
  exports: [Audit, AuditSealer],
})
export class AuditModule {}
