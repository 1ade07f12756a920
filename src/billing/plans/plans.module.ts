import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { TenantsModule } from '../../accounts/tenants/index.js';
import { BalanceNews } from './balance-news.service.js';
import { Fresh } from './fresh.service.js';
import { PlanCatalogue } from './plan-catalogue.service.js';
import { PlansController } from './plans.controller.js';
import { PlansRepository } from './plans.repository.js';
import { Plans } from './plans.service.js';
import { PlansSystemRepository } from './plans.system.repository.js';

@Module({
  imports: [AuditModule, TenantsModule],
  controllers: [PlansController],
  providers: [Plans, PlanCatalogue, PlansRepository, PlansSystemRepository, Fresh, BalanceNews],
  exports: [Plans, Fresh, BalanceNews],
})
export class PlansModule {}
