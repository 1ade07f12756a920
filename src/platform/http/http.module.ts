import './request.js';
import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { provideConfig } from '../config/index.js';
import { AuthGuard } from './auth.guard.js';
import { HealthController } from './health.controller.js';
import { IdempotencyInterceptor } from './idempotency-interceptor.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { Idempotency } from './idempotency.service.js';
import { IdempotencySystemRepository } from './idempotency.system.repository.js';
import { IpLimitGuard } from './ip-limit.guard.js';
import { MetricsController } from './metrics.controller.js';
import { PermissionGuard } from './permission.guard.js';
import { PlanLimitGuard } from './plan-limit.guard.js';
import { ProblemFilter } from './problem-filter.js';
import { RouteCheck } from './route-check.js';
import { httpConfig } from './settings.js';
import { ValidationPipe } from './validation-pipe.js';

/** The door. The port `Authenticator` must be bound by a global module of the application. */
@Global()
@Module({
  controllers: [HealthController, MetricsController],
  providers: [
    provideConfig(httpConfig),
    // Guards run in this order.
    { provide: APP_GUARD, useClass: IpLimitGuard },
    { provide: APP_GUARD, useClass: AuthGuard },
    { provide: APP_GUARD, useClass: PlanLimitGuard },
    { provide: APP_GUARD, useClass: PermissionGuard },
    { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
    { provide: APP_PIPE, useClass: ValidationPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
    Idempotency,
    IdempotencyRepository,
    IdempotencySystemRepository,
    RouteCheck,
  ],
  exports: [Idempotency],
})
export class HttpModule {}
