import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AuditModule } from '../../accounts/audit/index.js';
import { SessionsModule } from '../../accounts/sessions/index.js';
import { PlansModule } from '../../billing/plans/index.js';
import { ExternalModule } from '../../fleet/external/index.js';
import { PoolsModule } from '../../fleet/pools/index.js';
import { ThermalModule } from '../../fleet/thermal/index.js';
import { provideConfig } from '../../platform/config/index.js';
import { Choices } from './choices.service.js';
import { EmbeddingsController } from './embeddings.controller.js';
import { Entries } from './entries.service.js';
import { Acceptance } from './imports/acceptance.service.js';
import { Antivirus } from './imports/antivirus.service.js';
import { Arrival } from './imports/arrival.service.js';
import { ImportParts } from './imports/import-parts.service.js';
import { ImportWork } from './imports/import-work.service.js';
import { ImportsController } from './imports/imports.controller.js';
import { Imports } from './imports/imports.service.js';
import { Inspections } from './imports/inspection.service.js';
import { Licences } from './licences.service.js';
import { LorasController } from './loras.controller.js';
import { ModelsController } from './models.controller.js';
import { ModelQuota } from './model-quota.service.js';
import { Models } from './models.service.js';
import { OperatorModelsController } from './operator-models.controller.js';
import { Previews } from './previews.service.js';
import { Passports } from './passports.service.js';
import { modelsConfig } from './settings.js';

@Module({
  imports: [AuditModule, SessionsModule, PlansModule, PoolsModule, ExternalModule, ThermalModule],
  // Imports first: their paths would else pass for ids of models.
  controllers: [ImportsController, ModelsController, LorasController, EmbeddingsController, OperatorModelsController],
  providers: [
    provideConfig(modelsConfig),
    Models,
    Choices,
    Entries,
    Licences,
    ModelQuota,
    Passports,
    Previews,
    Imports,
    ImportParts,
    ImportWork,
    Arrival,
    Inspections,
    Acceptance,
    Antivirus,
  ],
  exports: [Models, ModelQuota, Choices, Passports],
})
export class ModelsModule implements OnModuleInit {
  constructor(private readonly http: HttpAdapterHost) {}

  /** Parts of files are left unread, for whoever checked the caller to stream away. */
  onModuleInit(): void {
    const server = this.http.httpAdapter?.getInstance<FastifyInstance | undefined>();
    server?.addContentTypeParser('application/octet-stream', (_request, _payload, parsed) => parsed(null, undefined));
  }
}
