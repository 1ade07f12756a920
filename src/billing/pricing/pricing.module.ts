import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { PlansModule } from '../plans/index.js';
import { PricingController } from './pricing.controller.js';
import { PricingRepository } from './pricing.repository.js';
import { Pricing } from './pricing.service.js';
import { PricingSystemRepository } from './pricing.system.repository.js';

@Module({
  imports: [AuditModule, PlansModule],
  controllers: [PricingController],
  providers: [Pricing, PricingRepository, PricingSystemRepository],
  exports: [Pricing],
})
export class PricingModule {}
