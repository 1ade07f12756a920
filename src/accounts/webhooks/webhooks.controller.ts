import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdempotentInService, IdParam, PageQuery, Requires } from '../../platform/http/index.js';
import { WebhookLog } from './webhook-log.service.js';
import {
  CreateWebhookDto,
  eventTypesDto,
  ReplayedDto,
  ReplayWebhookDto,
  RotateWebhookDto,
  toDeliveryStoryDto,
  toWebhookDto,
  toWebhookWithSecretDto,
  UpdateWebhookDto,
  WebhookDeliveryPageDto,
  WebhookDeliveryQuery,
  WebhookDeliveryStoryDto,
  WebhookDto,
  WebhookEventTypesDto,
  WebhookPageDto,
  WebhookWithSecretDto,
} from './webhooks.dto.js';
import { Webhooks } from './webhooks.service.js';

@ApiTags('webhooks')
@Controller('tenant/webhooks')
export class WebhooksController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly log: WebhookLog,
  ) {}

  @Get()
  @Requires('webhook:read')
  @ApiOperation({ summary: 'Where this tenant wants its events sent' })
  @ApiOkResponse({ type: WebhookPageDto })
  list(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<WebhookPageDto> {
    return this.webhooks.list(ctx, query);
  }

  @Get('event-types')
  @Requires('webhook:read')
  @ApiOperation({ summary: 'The types of events there are' })
  @ApiOkResponse({ type: WebhookEventTypesDto })
  eventTypes(): WebhookEventTypesDto {
    return eventTypesDto();
  }

  // "In service": the answer holds a secret, and the general store of answers for replays would keep it in clear.
  @Post()
  @IdempotentInService()
  @Requires('webhook:write')
  @ApiOperation({ summary: 'Make an endpoint. Its secret is shown in this answer and never again' })
  @ApiCreatedResponse({ type: WebhookWithSecretDto })
  async create(@Context() ctx: Ctx, @Body() body: CreateWebhookDto): Promise<WebhookWithSecretDto> {
    return toWebhookWithSecretDto(await this.webhooks.create(ctx, body));
  }

  @Get(':id')
  @Requires('webhook:read')
  @ApiOperation({ summary: 'One endpoint' })
  @ApiOkResponse({ type: WebhookDto })
  async get(@Context() ctx: Ctx, @IdParam('whk', 'id') id: string): Promise<WebhookDto> {
    return toWebhookDto(await this.webhooks.get(ctx, id));
  }

  @Patch(':id')
  @Requires('webhook:write')
  @ApiOperation({ summary: 'Change address, description or events; switch it on or off' })
  @ApiOkResponse({ type: WebhookDto })
  async update(@Context() ctx: Ctx, @IdParam('whk', 'id') id: string, @Body() body: UpdateWebhookDto): Promise<WebhookDto> {
    return toWebhookDto(await this.webhooks.update(ctx, id, body));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('webhook:write')
  @ApiOperation({ summary: 'Delete an endpoint with its log' })
  @ApiNoContentResponse()
  remove(@Context() ctx: Ctx, @IdParam('whk', 'id') id: string): Promise<void> {
    return this.webhooks.remove(ctx, id);
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @IdempotentInService()
  @Requires('webhook:write')
  @ApiOperation({ summary: 'A new secret; the old one signs beside it for the overlap' })
  @ApiOkResponse({ type: WebhookWithSecretDto })
  async rotate(@Context() ctx: Ctx, @IdParam('whk', 'id') id: string, @Body() body: RotateWebhookDto): Promise<WebhookWithSecretDto> {
    return toWebhookWithSecretDto(await this.webhooks.rotate(ctx, id, body.overlapHours));
  }

  @Post(':id/test')
  @HttpCode(202)
  @Requires('webhook:write')
  @ApiOperation({ summary: 'Send a test event to this endpoint' })
  @ApiAcceptedResponse({ type: WebhookDeliveryStoryDto })
  async test(@Context() ctx: Ctx, @IdParam('whk', 'id') id: string): Promise<WebhookDeliveryStoryDto> {
    return toDeliveryStoryDto(await this.log.test(ctx, id));
  }

  @Post(':id/replay')
  @HttpCode(202)
  @Requires('webhook:write')
  @ApiOperation({ summary: 'Send again what failed since an instant' })
  @ApiAcceptedResponse({ type: ReplayedDto })
  async replayFailed(@Context() ctx: Ctx, @IdParam('whk', 'id') id: string, @Body() body: ReplayWebhookDto): Promise<ReplayedDto> {
    return { replayed: await this.log.replayFailed(ctx, id, new Date(body.since)) };
  }

  @Get(':id/deliveries')
  @Requires('webhook:read')
  @ApiOperation({ summary: 'What was sent, and how it went' })
  @ApiOkResponse({ type: WebhookDeliveryPageDto })
  deliveries(@Context() ctx: Ctx, @IdParam('whk', 'id') id: string, @Query() query: WebhookDeliveryQuery): Promise<WebhookDeliveryPageDto> {
    return this.log.list(ctx, id, query);
  }

  @Get(':id/deliveries/:deliveryId')
  @Requires('webhook:read')
  @ApiOperation({ summary: 'One delivery with its body and every attempt' })
  @ApiOkResponse({ type: WebhookDeliveryStoryDto })
  async delivery(@Context() ctx: Ctx, @IdParam('whk', 'id') id: string, @IdParam('dlv', 'deliveryId') deliveryId: string): Promise<WebhookDeliveryStoryDto> {
    return toDeliveryStoryDto(await this.log.get(ctx, id, deliveryId));
  }

  @Post(':id/deliveries/:deliveryId/replay')
  @HttpCode(202)
  @Requires('webhook:write')
  @ApiOperation({ summary: 'Send one delivery again' })
  @ApiAcceptedResponse({ type: WebhookDeliveryStoryDto })
  async replay(@Context() ctx: Ctx, @IdParam('whk', 'id') id: string, @IdParam('dlv', 'deliveryId') deliveryId: string): Promise<WebhookDeliveryStoryDto> {
    return toDeliveryStoryDto(await this.log.replay(ctx, id, deliveryId));
  }
}
