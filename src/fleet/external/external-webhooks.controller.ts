import { Controller, HttpCode, Post, Req, type RawBodyRequest } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public, Unmetered } from '../../platform/http/index.js';
import { ExternalWebhooks } from './external-webhooks.service.js';

@ApiTags('webhooks')
@Controller('webhooks/external')
export class ExternalWebhooksController {
  constructor(private readonly webhooks: ExternalWebhooks) {}

  /** Open to whoever signs with the service's secret. */
  @Post()
  @HttpCode(204)
  @Public()
  @Unmetered()
  @ApiOperation({ operationId: 'takeExternalWebhook', summary: 'An outside service says that a prediction has changed' })
  @ApiNoContentResponse()
  take(@Req() request: RawBodyRequest<FastifyRequest>): Promise<void> {
    const header = (name: string): string | undefined => [request.headers[name]].flat()[0];
    const body = request.rawBody ?? Buffer.alloc(0);
    return this.webhooks.take({ id: header('webhook-id'), timestamp: header('webhook-timestamp'), signature: header('webhook-signature'), body });
  }
}
