export { TelemetryModule } from './telemetry.module.js';
export { log, setLogLevel, type Log } from './log.js';
export { runWithLogContext, addLogContext, logContext, type LogContext } from './log-context.js';
export { NestLog } from './nest-log.js';
export { Metrics } from './metrics.js';
export { Probes, type Unready } from './probes.js';
export { telemetryConfig, type TelemetryConfig } from './settings.js';
