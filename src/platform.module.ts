import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Clock, SystemClock } from './platform/clock/index.js';
import { coreConfig, environment, provideConfig } from './platform/config/index.js';
import { DatabaseModule, type DatabaseUrls } from './platform/database/index.js';
import { HttpModule } from './platform/http/index.js';
import { LimitsModule } from './platform/limits/index.js';
import { MailModule } from './platform/mail/index.js';
import { OutboxModule } from './platform/outbox/index.js';
import { QueueModule } from './platform/queue/index.js';
import { SafeFetchModule } from './platform/safe-fetch/index.js';
import { StorageModule } from './platform/storage/index.js';
import { TelemetryModule } from './platform/telemetry/index.js';

/** The ground floor, put together for one set of database logins. Global: every room may inject from it. */
@Global()
@Module({})
export class PlatformModule {
  static async assemble(urls: DatabaseUrls): Promise<DynamicModule> {
    const { redisUrl, queuePrefix } = coreConfig.read(environment());
    return {
      module: PlatformModule,
      imports: [
        DatabaseModule.forUrls(urls),
        OutboxModule.forUrl(urls.app),
        await QueueModule.open({ queueUrl: urls.queue, redisUrl, prefix: queuePrefix }),
        TelemetryModule,
        StorageModule,
        MailModule,
        SafeFetchModule,
        LimitsModule.open({ appUrl: urls.app, redisUrl, prefix: queuePrefix }),
        HttpModule,
      ],
      providers: [provideConfig(coreConfig), { provide: Clock, useClass: SystemClock }],
      exports: [coreConfig.token, Clock],
    };
  }
}
