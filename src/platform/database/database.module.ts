import { Global, Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { AppDb } from './app-db.js';
import { APP_DATA_SOURCE, DataSources, SYSTEM_DATA_SOURCE, type DatabaseUrls } from './data-sources.js';
import { SystemTx } from './system-tx.js';
import { TenantTx } from './tenant-tx.js';

@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(DataSources) private readonly sources: DataSources) {}

  static forUrls(urls: DatabaseUrls): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        { provide: DataSources, useFactory: () => DataSources.open(urls) },
        { provide: APP_DATA_SOURCE, useFactory: (s: DataSources) => s.app, inject: [DataSources] },
        { provide: SYSTEM_DATA_SOURCE, useFactory: (s: DataSources) => s.system, inject: [DataSources] },
        TenantTx,
        SystemTx,
        AppDb,
      ],
      exports: [TenantTx, SystemTx, AppDb],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sources.close();
  }
}
