import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { BoxesModule } from '../boxes/index.js';
import { PoolsModule } from '../pools/index.js';
import { LocalMachine } from './local-machine.service.js';
import { LocalProvider } from './local-provider.service.js';
import { ProvidersController } from './providers.controller.js';
import { Providers } from './providers.service.js';

@Module({
  imports: [AuditModule, PoolsModule, BoxesModule],
  controllers: [ProvidersController],
  providers: [Providers, LocalMachine, LocalProvider],
})
export class ProvidersModule {}
