import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DomainError } from '../errors/index.js';
import { Probes } from '../telemetry/index.js';
import { Public } from './access.js';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly probes: Probes) {}

  @Get('live')
  @Public()
  @ApiOperation({ operationId: 'isLive', summary: 'The process answers' })
  @ApiOkResponse({ schema: { type: 'object', properties: { status: { type: 'string' } } } })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @Public()
  @ApiOperation({ operationId: 'isReady', summary: 'A job would be accepted; else 503 names what is missing' })
  @ApiOkResponse({ schema: { type: 'object', properties: { status: { type: 'string' } } } })
  async ready(): Promise<{ status: 'ok' }> {
    const unready = await this.probes.unready();
    if (unready.length === 0) return { status: 'ok' };
    throw new DomainError({
      kind: 'unavailable',
      code: 'not_ready',
      detail: `Not ready: ${unready.join(', ')}. The log of this process says why.`,
      retryAfterSeconds: 2,
      extra: { unready },
    });
  }
}
