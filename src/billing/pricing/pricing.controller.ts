import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, Requires } from '../../platform/http/index.js';
import { NewPriceListBody, PriceListResponse, PriceListsResponse } from './pricing.dto.js';
import { Pricing } from './pricing.service.js';

@ApiTags('billing')
@Controller('operator/price-lists')
export class PricingController {
  constructor(private readonly pricing: Pricing) {}

  @Get()
  @Requires('operator:plans')
  @ApiOperation({ operationId: 'listPriceLists', summary: 'All price lists, past, current and announced' })
  @ApiOkResponse({ type: PriceListsResponse })
  list(): Promise<PriceListsResponse> {
    return this.pricing.list();
  }

  @Post()
  @Requires('operator:plans')
  @ApiOperation({ operationId: 'createPriceList', summary: 'Make the next version of the price list' })
  @ApiCreatedResponse({ type: PriceListResponse })
  create(@Context() ctx: Ctx, @Body() body: NewPriceListBody): Promise<PriceListResponse> {
    return this.pricing.create(ctx, body);
  }
}
