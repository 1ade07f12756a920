import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../../accounts/api-keys/index.js';
import { AuditModule } from '../../accounts/audit/index.js';
import { MembersModule } from '../../accounts/members/index.js';
import { TenantsModule } from '../../accounts/tenants/index.js';
import { PlansModule } from '../plans/index.js';
import { BudgetAddressees } from './budget-addressees.service.js';
import { BudgetAlerts } from './budget-alerts.service.js';
import { BudgetSubjects } from './budget-subjects.service.js';
import { BudgetsController } from './budgets.controller.js';
import { BudgetsRepository } from './budgets.repository.js';
import { Budgets } from './budgets.service.js';
import { BudgetsSystemRepository } from './budgets.system.repository.js';
import { IncreasesRepository } from './increases.repository.js';
import { Increases } from './increases.service.js';
import { Rehearsals } from './rehearsals.service.js';

@Module({
  imports: [AuditModule, TenantsModule, MembersModule, ApiKeysModule, PlansModule],
  controllers: [BudgetsController],
  providers: [Budgets, BudgetAddressees, BudgetAlerts, BudgetSubjects, Increases, Rehearsals, BudgetsRepository, BudgetsSystemRepository, IncreasesRepository],
  exports: [Budgets, BudgetAlerts],
})
export class BudgetsModule {}
