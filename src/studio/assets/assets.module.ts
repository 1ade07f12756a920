import { Module, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { AuditModule } from '../../accounts/audit/index.js';
import { LedgerModule } from '../../billing/ledger/index.js';
import { PlansModule } from '../../billing/plans/index.js';
import { UsageModule } from '../../billing/usage/index.js';
import { provideConfig } from '../../platform/config/index.js';
import { AssetContent } from './asset-content.service.js';
import { AssetCosts } from './asset-costs.service.js';
import { AssetSweeps } from './asset-sweeps.service.js';
import { AssetsController } from './assets.controller.js';
import { Assets } from './assets.service.js';
import { DirectUploads } from './direct-uploads.service.js';
import { FileIntake } from './file-intake.service.js';
import { FILM_TYPES } from './film-header.js';
import { FilmReader } from './film-reader.service.js';
import { ACCEPTED_TYPES } from './image-header.js';
import { IncomingAssets } from './incoming-assets.service.js';
import { OutputClaims } from './output-claims.service.js';
import { Renditions } from './renditions.service.js';
import { assetsConfig } from './settings.js';
import { StorageQuota } from './storage-quota.service.js';
import { StorageStatsController } from './storage-stats.controller.js';
import { UploadsController } from './uploads.controller.js';
import { Uploads } from './uploads.service.js';

@Module({
  imports: [AuditModule, PlansModule, LedgerModule, UsageModule],
  controllers: [AssetsController, UploadsController, StorageStatsController],
  providers: [
    provideConfig(assetsConfig),
    Assets,
    AssetContent,
    AssetCosts,
    AssetSweeps,
    DirectUploads,
    FileIntake,
    FilmReader,
    IncomingAssets,
    OutputClaims,
    Renditions,
    StorageQuota,
    Uploads,
  ],
  exports: [Assets, AssetSweeps, OutputClaims],
})
export class AssetsModule implements OnModuleInit {
  constructor(private readonly http: HttpAdapterHost) {}

  /** Pictures and films may be a body themselves: they are left unread, for whoever checked the token to stream away. */
  onModuleInit(): void {
    const server = this.http.httpAdapter?.getInstance<FastifyInstance | undefined>();
    server?.addContentTypeParser([...ACCEPTED_TYPES, ...FILM_TYPES], (_request, _payload, parsed) => parsed(null, undefined));
  }
}
