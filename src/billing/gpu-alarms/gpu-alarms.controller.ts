import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, Requires } from '../../platform/http/index.js';
import { GpuAlarmList, GpuAlarmResponse, NewGpuAlarmBody } from './gpu-alarms.dto.js';
import { GpuAlarms } from './gpu-alarms.service.js';

@ApiTags('billing')
@Controller('operator/gpu-alarms')
export class GpuAlarmsController {
  constructor(private readonly alarms: GpuAlarms) {}

  @Get()
  @Requires('fleet:read')
  @ApiOperation({ operationId: 'listGpuAlarms', summary: 'Alarms on hours of GPUs, with the hours of their running periods' })
  @ApiOkResponse({ type: GpuAlarmList })
  list(): Promise<GpuAlarmList> {
    return this.alarms.list();
  }

  @Post()
  @Requires('fleet:write')
  @ApiOperation({ operationId: 'createGpuAlarm', summary: 'Have operators told when GPUs have worked so many hours' })
  @ApiCreatedResponse({ type: GpuAlarmResponse })
  create(@Context() ctx: Ctx, @Body() body: NewGpuAlarmBody): Promise<GpuAlarmResponse> {
    return this.alarms.create(ctx, body);
  }

  @Delete(':id')
  @Requires('fleet:write')
  @HttpCode(204)
  @ApiOperation({ operationId: 'deleteGpuAlarm', summary: 'Tell no more' })
  @ApiNoContentResponse()
  delete(@Context() ctx: Ctx, @IdParam('gal', 'id') id: string): Promise<void> {
    return this.alarms.delete(ctx, id);
  }
}
