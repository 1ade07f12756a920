import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires } from '../../platform/http/index.js';
import { MarginsQuery, MarginsResponse } from './margins.dto.js';
import { Margins } from './margins.service.js';

@ApiTags('billing')
@Controller('operator/margins')
export class MarginsController {
  constructor(private readonly margins: Margins) {}

  @Get()
  @Requires('operator:plans')
  @ApiOperation({ operationId: 'getMargins', summary: 'Revenue, cost and margin of a range of time over all tenants, grouped' })
  @ApiOkResponse({ type: MarginsResponse })
  report(@Query() query: MarginsQuery): Promise<MarginsResponse> {
    return this.margins.report(query);
  }
}
