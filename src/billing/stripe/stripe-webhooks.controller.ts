import { Controller, HttpCode, Post, Req, type RawBodyRequest } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public, Unmetered } from '../../platform/http/index.js';
import { StripeInbox } from './stripe-inbox.service.js';

@ApiTags('webhooks')
@Controller('webhooks/stripe')
export class StripeWebhooksController {
  constructor(private readonly inbox: StripeInbox) {}

  /** Open to whoever signs with the endpoint's secret. */
  @Post()
  @HttpCode(200)
  @Public()
  @Unmetered()
  @ApiOperation({ operationId: 'takeStripeWebhook', summary: 'The payment service has news' })
  @ApiOkResponse()
  take(@Req() request: RawBodyRequest<FastifyRequest>): Promise<void> {
    return this.inbox.take(request.rawBody ?? Buffer.alloc(0), [request.headers['stripe-signature']].flat()[0]);
  }
}
