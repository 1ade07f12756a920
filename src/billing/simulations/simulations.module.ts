import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { TenantsModule } from '../../accounts/tenants/index.js';
import { PricingModule } from '../pricing/index.js';
import { Replays } from './replays.service.js';
import { SimulationsController } from './simulations.controller.js';
import { Simulations } from './simulations.service.js';
import { SimulationsSystemRepository } from './simulations.system.repository.js';

@Module({
  imports: [AuditModule, TenantsModule, PricingModule],
  controllers: [SimulationsController],
  providers: [Simulations, Replays, SimulationsSystemRepository],
})
export class SimulationsModule {}
