import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../../accounts/api-keys/index.js';
import { AuditModule } from '../../accounts/audit/index.js';
import { TenantsModule } from '../../accounts/tenants/index.js';
import { UsersModule } from '../../accounts/users/index.js';
import { PlansModule } from '../plans/index.js';
import { MarginsController } from './margins.controller.js';
import { Margins } from './margins.service.js';
import { MarginsSystemRepository } from './margins.system.repository.js';
import { RateCardsRepository } from './rate-cards.repository.js';
import { RateCards } from './rate-cards.service.js';
import { RateCardsSystemRepository } from './rate-cards.system.repository.js';
import { UsageReportsRepository } from './usage-reports.repository.js';
import { UsageReports } from './usage-reports.service.js';
import { UsageSlots } from './usage-slots.service.js';
import { UsageSlotsSystemRepository } from './usage-slots.system.repository.js';
import { UsageProof } from './usage-proof.service.js';
import { UsageProofSystemRepository } from './usage-proof.system.repository.js';
import { UsageController } from './usage.controller.js';
import { UsageRepository } from './usage.repository.js';
import { Usage } from './usage.service.js';

@Module({
  imports: [ApiKeysModule, AuditModule, TenantsModule, UsersModule, PlansModule],
  controllers: [UsageController, MarginsController],
  providers: [
    Usage,
    UsageReports,
    UsageSlots,
    UsageProof,
    Margins,
    RateCards,
    UsageRepository,
    UsageReportsRepository,
    UsageProofSystemRepository,
    UsageSlotsSystemRepository,
    MarginsSystemRepository,
    RateCardsRepository,
    RateCardsSystemRepository,
  ],
  exports: [Usage, UsageReports, UsageSlots, RateCards],
})
export class UsageModule {}
