import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, PageQuery, Requires } from '../../platform/http/index.js';
import { ExportSchedules } from './export-schedules.service.js';
import { ExportBody, ExportResponse, ExportsPage, ScheduleBody, ScheduleResponse, SchedulesResponse } from './exports.dto.js';
import { Exports } from './exports.service.js';

@ApiTags('billing')
@Controller('exports')
export class ExportsController {
  constructor(
    private readonly exports: Exports,
    private readonly scheduled: ExportSchedules,
  ) {}

  @Post()
  @HttpCode(202)
  @Requires('usage:export')
  @ApiOperation({ operationId: 'createExport', summary: 'Order a file of what was used and charged in a range of time' })
  @ApiAcceptedResponse({ type: ExportResponse })
  create(@Context() ctx: Ctx, @Body() body: ExportBody): Promise<ExportResponse> {
    return this.exports.request(ctx, body);
  }

  @Get()
  @Requires('usage:export')
  @ApiOperation({ operationId: 'listExports', summary: 'Files that were ordered' })
  @ApiOkResponse({ type: ExportsPage })
  list(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<ExportsPage> {
    return this.exports.list(ctx, query);
  }

  @Get('schedules')
  @Requires('usage:export')
  @ApiOperation({ operationId: 'listExportSchedules', summary: 'Files that come by themselves' })
  @ApiOkResponse({ type: SchedulesResponse })
  schedules(@Context() ctx: Ctx): Promise<SchedulesResponse> {
    return this.scheduled.list(ctx);
  }

  @Post('schedules')
  @Requires('usage:export')
  @ApiOperation({ operationId: 'createExportSchedule', summary: 'Have a file made each day, week or month' })
  @ApiCreatedResponse({ type: ScheduleResponse })
  schedule(@Context() ctx: Ctx, @Body() body: ScheduleBody): Promise<ScheduleResponse> {
    return this.scheduled.create(ctx, body);
  }

  @Delete('schedules/:id')
  @HttpCode(204)
  @Requires('usage:export')
  @ApiOperation({ operationId: 'deleteExportSchedule', summary: 'End a schedule; its files stay' })
  @ApiNoContentResponse()
  unschedule(@Context() ctx: Ctx, @IdParam('sch', 'id') id: string): Promise<void> {
    return this.scheduled.delete(ctx, id);
  }

  @Get(':id')
  @Requires('usage:export')
  @ApiOperation({ operationId: 'getExport', summary: 'How far a file is; when it is ready, where to get it and what it adds up to' })
  @ApiOkResponse({ type: ExportResponse })
  get(@Context() ctx: Ctx, @IdParam('exp', 'id') id: string): Promise<ExportResponse> {
    return this.exports.get(ctx, id);
  }
}
