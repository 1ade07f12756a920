import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires } from '../../platform/http/index.js';
import { BoxHoursQuery, BoxHoursResponse } from './box-hours.dto.js';
import { BoxHoursReports } from './box-hours.service.js';

@ApiTags('fleet')
@Controller('operator/box-hours')
export class BoxHoursController {
  constructor(private readonly reports: BoxHoursReports) {}

  @Get()
  @Requires('operator:plans')
  @ApiOperation({ operationId: 'getBoxHours', summary: 'Where the time of all boxes went and what it cost: work, load, boot, idle, drain, wasted' })
  @ApiOkResponse({ type: BoxHoursResponse })
  report(@Query() query: BoxHoursQuery): Promise<BoxHoursResponse> {
    return this.reports.report(query);
  }
}
