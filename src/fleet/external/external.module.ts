import { Module } from '@nestjs/common';
import { AuditModule } from '../../accounts/audit/index.js';
import { provideConfig } from '../../platform/config/index.js';
import { LanesModule } from '../lanes/index.js';
import { MeteringModule } from '../metering/index.js';
import { PoolsModule } from '../pools/index.js';
import { TasksModule } from '../tasks/index.js';
import { ConsentsRepository } from './consents.repository.js';
import { ExternalCalls } from './external-calls.service.js';
import { ExternalDesk, ExternalDeskServices } from './external-desk.service.js';
import { ExternalEndings } from './external-endings.service.js';
import { ExternalEngines } from './external-engines.service.js';
import { ExternalOutputs } from './external-outputs.service.js';
import { ExternalRequests } from './external-requests.service.js';
import { ExternalTickets } from './external-tickets.service.js';
import { ExternalWebhooksController } from './external-webhooks.controller.js';
import { ExternalWebhooks } from './external-webhooks.service.js';
import { ExternalController } from './external.controller.js';
import { Predictions } from './predictions.service.js';
import { externalConfig } from './settings.js';

@Module({
  imports: [AuditModule, PoolsModule, MeteringModule, TasksModule, LanesModule],
  controllers: [ExternalController, ExternalWebhooksController],
  providers: [
    provideConfig(externalConfig),
    ...[ExternalEngines, ConsentsRepository, Predictions, ExternalOutputs, ExternalRequests, ExternalEndings, ExternalCalls],
    ...[ExternalTickets, ExternalDeskServices, ExternalDesk, ExternalWebhooks],
  ],
  exports: [ExternalEngines],
})
export class ExternalModule {}
