import { Module } from '@nestjs/common';
import { UsageModule } from '../../billing/usage/index.js';
import { Metering } from './metering.service.js';

@Module({ imports: [UsageModule], providers: [Metering], exports: [Metering] })
export class MeteringModule {}
