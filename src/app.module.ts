import { Module, type DynamicModule } from '@nestjs/common';
import { AccessModule } from './accounts/access/index.js';
import { ApiKeysModule } from './accounts/api-keys/index.js';
import { AuditModule } from './accounts/audit/index.js';
import { MembersModule } from './accounts/members/index.js';
import { SessionsModule } from './accounts/sessions/index.js';
import { TenantsModule } from './accounts/tenants/index.js';
import { UsersModule } from './accounts/users/index.js';
import { PlatformModule } from './platform.module.js';
import type { DatabaseUrls } from './platform/database/index.js';

/** Orders the house: the ground floor, the wings, and the ports each upper room fills for a lower one. */
@Module({})
export class AppModule {
  static async assemble(urls: DatabaseUrls): Promise<DynamicModule> {
    return {
      module: AppModule,
      imports: [
        await PlatformModule.assemble(urls),
        AuditModule, TenantsModule, UsersModule, MembersModule, SessionsModule, ApiKeysModule, AccessModule,
      ],
    };
  }
}
