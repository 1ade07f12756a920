import { Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, Requires } from '../../platform/http/index.js';
import { BoxDto, BoxListDto, FleetMetricsDto } from './boxes.dto.js';
import { BoxReports } from './box-reports.service.js';

@ApiTags('fleet')
@Controller('fleet')
export class BoxesController {
  constructor(private readonly reports: BoxReports) {}

  @Get('boxes')
  @Requires('fleet:read')
  @ApiOperation({ operationId: 'listBoxes', summary: 'The boxes, what they do and where their seconds went' })
  @ApiOkResponse({ type: BoxListDto })
  async list(): Promise<BoxListDto> {
    return { data: await this.reports.list() };
  }

  @Get('metrics')
  @Requires('fleet:read')
  @ApiOperation({ operationId: 'getFleetMetrics', summary: 'The fleet in figures' })
  @ApiOkResponse({ type: FleetMetricsDto })
  metrics(): Promise<FleetMetricsDto> {
    return this.reports.metrics();
  }

  @Post('boxes/:id/drain')
  @HttpCode(202)
  @Requires('fleet:write')
  @ApiOperation({ operationId: 'drainBox', summary: 'Let a box finish what it runs, then end' })
  @ApiAcceptedResponse({ type: BoxDto })
  drain(@Context() ctx: Ctx, @IdParam('box', 'id') id: string): Promise<BoxDto> {
    return this.reports.drain(ctx, id);
  }
}
