import { Module } from '@nestjs/common';
import { UsageModule } from '../../billing/usage/index.js';
import { PoolsModule } from '../pools/index.js';
import { Thermal } from './thermal.service.js';

@Module({ imports: [PoolsModule, UsageModule], providers: [Thermal], exports: [Thermal] })
export class ThermalModule {}
