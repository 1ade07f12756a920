import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Access, AccessModule } from './accounts/access/index.js';
import { ApiKeysModule } from './accounts/api-keys/index.js';
import { AuditModule } from './accounts/audit/index.js';
import { MembersModule } from './accounts/members/index.js';
import { Revocations, SessionsModule } from './accounts/sessions/index.js';
import { Entitlements, TenantsModule } from './accounts/tenants/index.js';
import { UsersModule } from './accounts/users/index.js';
import { WebhooksModule } from './accounts/webhooks/index.js';
import { ChargesModule } from './billing/charges/index.js';
import { ExportsModule } from './billing/exports/index.js';
import { BudgetsModule } from './billing/budgets/index.js';
import { LedgerModule } from './billing/ledger/index.js';
import { Plans, PlansModule } from './billing/plans/index.js';
import { PricingModule } from './billing/pricing/index.js';
import { GpuAlarmsModule } from './billing/gpu-alarms/index.js';
import { SimulationsModule } from './billing/simulations/index.js';
import { StripeModule } from './billing/stripe/index.js';
import { UsageModule } from './billing/usage/index.js';
import { BoxesModule, PassportKeys } from './fleet/boxes/index.js';
import { ExternalModule } from './fleet/external/index.js';
import { LanesModule } from './fleet/lanes/index.js';
import { MeteringModule } from './fleet/metering/index.js';
import { PoolsModule } from './fleet/pools/index.js';
import { ThermalModule } from './fleet/thermal/index.js';
import { ProvidersModule } from './fleet/providers/index.js';
import { TaskObserver, TasksModule } from './fleet/tasks/index.js';
import { PlatformModule } from './platform.module.js';
import type { DatabaseUrls } from './platform/database/index.js';
import { Authenticator, RevocationFeed } from './platform/http/index.js';
import { LimitSource } from './platform/limits/index.js';
import { RealtimeModule } from './realtime/index.js';
import { AssetsModule } from './studio/assets/index.js';
import { JobProgress, JobsModule } from './studio/jobs/index.js';
import { ModelsModule, Passports } from './studio/models/index.js';
import { ModerationModule } from './studio/moderation/index.js';
import { ImageModule } from './studio/pipelines/image/index.js';
import { VisualModule } from './studio/pipelines/visual/index.js';

const ACCOUNTS = [AuditModule, TenantsModule, UsersModule, MembersModule, SessionsModule, ApiKeysModule, WebhooksModule, AccessModule];
const BILLING = [
  PlansModule,
  PricingModule,
  LedgerModule,
  BudgetsModule,
  UsageModule,
  GpuAlarmsModule,
  SimulationsModule,
  ChargesModule,
  StripeModule,
  ExportsModule,
];
const FLEET = [PoolsModule, MeteringModule, TasksModule, ThermalModule, LanesModule, BoxesModule, ProvidersModule, ExternalModule];
const STUDIO = [ModelsModule, AssetsModule, ModerationModule, JobsModule, ImageModule, VisualModule];

/** What a lower room asks for and an upper room knows. */
@Global()
@Module({
  imports: [AccessModule, SessionsModule, PlansModule, ModelsModule, JobsModule],
  providers: [
    { provide: Authenticator, useExisting: Access },
    { provide: RevocationFeed, useExisting: Revocations },
    { provide: LimitSource, useExisting: Plans },
    { provide: Entitlements, useExisting: Plans },
    { provide: TaskObserver, useExisting: JobProgress },
    { provide: PassportKeys, useExisting: Passports },
  ],
  exports: [Authenticator, RevocationFeed, LimitSource, Entitlements, TaskObserver, PassportKeys],
})
class Ports {}

/** Orders the house: the ground floor, then the wings from below. */
@Module({})
export class AppModule {
  static async assemble(urls: DatabaseUrls): Promise<DynamicModule> {
    return { module: AppModule, imports: [await PlatformModule.assemble(urls), Ports, ...ACCOUNTS, ...BILLING, ...FLEET, ...STUDIO, RealtimeModule] };
  }
}
