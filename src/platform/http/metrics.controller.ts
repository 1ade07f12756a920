import { Controller, Get, Header, Headers, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { createHash, timingSafeEqual } from 'node:crypto';
import { DomainError } from '../errors/index.js';
import { Metrics, telemetryConfig, type TelemetryConfig } from '../telemetry/index.js';
import { Public } from './access.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

@ApiTags('health')
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    @Inject(telemetryConfig.token) private readonly settings: TelemetryConfig,
  ) {}

  @Get()
  @Public()
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @ApiOperation({ operationId: 'getMetrics', summary: 'Figures of this process for Prometheus; asks for a bearer token when METRICS_TOKEN is set' })
  @ApiOkResponse({ content: { 'text/plain': { schema: { type: 'string' } } } })
  text(@Headers('authorization') authorization?: string): Promise<string> {
    const { metricsToken } = this.settings;
    if (metricsToken !== undefined && !timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${metricsToken}`))) {
      throw new DomainError({
        kind: 'unauthenticated',
        code: 'unauthenticated',
        detail: 'The metrics of this installation are behind a token. Send it as Authorization: Bearer ….',
      });
    }
    return this.metrics.text();
  }
}
