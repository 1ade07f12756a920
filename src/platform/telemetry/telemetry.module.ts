import { Global, Inject, Module } from '@nestjs/common';
import { provideConfig } from '../config/index.js';
import { setLogLevel } from './log.js';
import { Metrics } from './metrics.js';
import { Probes } from './probes.js';
import { telemetryConfig, type TelemetryConfig } from './settings.js';

@Global()
@Module({
  providers: [provideConfig(telemetryConfig), Metrics, Probes],
  exports: [telemetryConfig.token, Metrics, Probes],
})
export class TelemetryModule {
  constructor(@Inject(telemetryConfig.token) settings: TelemetryConfig) {
    setLogLevel(settings.logLevel);
  }
}
