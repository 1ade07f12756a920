import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { provideConfig } from '../../platform/config/index.js';
import { PoolsController } from './pools.controller.js';
import { Pools } from './pools.service.js';
import { fleetConfig } from './settings.js';

@Module({
  imports: [AuditModule],
  controllers: [PoolsController],
  providers: [provideConfig(fleetConfig), Pools],
  exports: [fleetConfig.token, Pools],
})
export class PoolsModule {}
