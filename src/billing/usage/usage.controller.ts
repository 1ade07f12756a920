import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, Requires } from '../../platform/http/index.js';
import { RateCards } from './rate-cards.service.js';
import { NewRateCardBody, RateCardResponse, RateCardsResponse, UsageQuery, UsageResponse } from './usage.dto.js';
import { UsageReports } from './usage-reports.service.js';

@ApiTags('billing')
@Controller()
export class UsageController {
  constructor(
    private readonly reports: UsageReports,
    private readonly rateCards: RateCards,
  ) {}

  @Get('billing/usage')
  @Requires('usage:read')
  @ApiOperation({ operationId: 'getUsage', summary: 'Jobs, credits, seconds and cost of a range of time, grouped' })
  @ApiOkResponse({ type: UsageResponse })
  report(@Context() ctx: Ctx, @Query() query: UsageQuery): Promise<UsageResponse> {
    return this.reports.report(ctx, query);
  }

  @Get('operator/rate-cards')
  @Requires('operator:plans')
  @ApiOperation({ operationId: 'listRateCards', summary: 'What an hour of each class of box costs us' })
  @ApiOkResponse({ type: RateCardsResponse })
  rates(): Promise<RateCardsResponse> {
    return this.rateCards.list();
  }

  @Post('operator/rate-cards')
  @Requires('operator:plans')
  @ApiOperation({ operationId: 'createRateCard', summary: 'Set the hourly cost of a class and capacity from an instant on' })
  @ApiCreatedResponse({ type: RateCardResponse })
  createRate(@Context() ctx: Ctx, @Body() body: NewRateCardBody): Promise<RateCardResponse> {
    return this.rateCards.create(ctx, body);
  }
}
