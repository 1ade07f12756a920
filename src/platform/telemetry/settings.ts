import { defineConfig, type ConfigOf } from '../config/index.js';

export const telemetryConfig = defineConfig('telemetry', (env) => ({
  logLevel: env.oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
  /** When set, `GET /metrics` asks for `Authorization: Bearer <token>`. */
  metricsToken: env.optionalString('METRICS_TOKEN'),
}));
export type TelemetryConfig = ConfigOf<typeof telemetryConfig>;
