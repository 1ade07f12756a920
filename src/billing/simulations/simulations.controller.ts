import { Body, Controller, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, PageQuery, Requires } from '../../platform/http/index.js';
import { NewSimulationBody, ScheduleSimulationBody, SimulationPage, SimulationResponse } from './simulations.dto.js';
import { Simulations } from './simulations.service.js';

@ApiTags('billing')
@Controller('operator/price-simulations')
export class SimulationsController {
  constructor(private readonly simulations: Simulations) {}

  @Get()
  @Requires('operator:plans')
  @ApiOperation({ operationId: 'listPriceSimulations', summary: 'All simulations, newest first' })
  @ApiOkResponse({ type: SimulationPage })
  list(@Query() query: PageQuery): Promise<SimulationPage> {
    return this.simulations.list(query);
  }

  @Get(':id')
  @Requires('operator:plans')
  @ApiOperation({ operationId: 'getPriceSimulation', summary: 'How far a simulation is and what it found' })
  @ApiOkResponse({ type: SimulationResponse })
  get(@IdParam('sim', 'id') id: string): Promise<SimulationResponse> {
    return this.simulations.get(id);
  }

  @Post()
  @Requires('operator:plans')
  @HttpCode(202)
  @ApiOperation({ operationId: 'createPriceSimulation', summary: 'Replay a past period against a draft of a price list' })
  @ApiAcceptedResponse({ type: SimulationResponse })
  create(@Context() ctx: Ctx, @Body() body: NewSimulationBody): Promise<SimulationResponse> {
    return this.simulations.create(ctx, body);
  }

  @Patch(':id')
  @Requires('operator:plans')
  @ApiOperation({ operationId: 'schedulePriceSimulation', summary: 'Make the draft the price list, now or from an instant to come' })
  @ApiOkResponse({ type: SimulationResponse })
  schedule(@Context() ctx: Ctx, @IdParam('sim', 'id') id: string, @Body() body: ScheduleSimulationBody): Promise<SimulationResponse> {
    return this.simulations.schedule(ctx, id, body);
  }
}
