import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, Requires } from '../../platform/http/index.js';
import { TopUpBody, TopUpResponse } from './top-up.dto.js';
import { TopUps } from './top-ups.service.js';

@ApiTags('billing')
@Controller('billing/top-up')
export class TopUpsController {
  constructor(private readonly topUps: TopUps) {}

  @Get()
  @Requires('billing:read')
  @ApiOperation({ operationId: 'getTopUp', summary: 'When credits are bought automatically, and how much of them' })
  @ApiOkResponse({ type: TopUpResponse })
  get(@Context() ctx: Ctx): Promise<TopUpResponse> {
    return this.topUps.get(ctx);
  }

  @Put()
  @Requires('billing:write')
  @ApiOperation({ operationId: 'setTopUp', summary: 'Buy a pack by the card on file whenever the balance falls below a threshold' })
  @ApiOkResponse({ type: TopUpResponse })
  set(@Context() ctx: Ctx, @Body() body: TopUpBody): Promise<TopUpResponse> {
    return this.topUps.set(ctx, body);
  }
}
