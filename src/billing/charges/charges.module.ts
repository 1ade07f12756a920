import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { TenantsModule } from '../../accounts/tenants/index.js';
import { ChargesController } from './charges.controller.js';
import { ChargesRepository } from './charges.repository.js';
import { Charges } from './charges.service.js';

@Module({
  imports: [AuditModule, TenantsModule],
  controllers: [ChargesController],
  providers: [Charges, ChargesRepository],
  exports: [Charges],
})
export class ChargesModule {}
