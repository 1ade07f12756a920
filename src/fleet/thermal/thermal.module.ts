import { Module } from '@nestjs/common';
import { PlansModule } from '../../billing/plans/index.js';
import { UsageModule } from '../../billing/usage/index.js';
import { PoolsModule } from '../pools/index.js';
import { Thermal } from './thermal.service.js';

@Module({ imports: [PlansModule, PoolsModule, UsageModule], providers: [Thermal], exports: [Thermal] })
export class ThermalModule {}
