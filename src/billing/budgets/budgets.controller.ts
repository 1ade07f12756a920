import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, PageQuery, Requires } from '../../platform/http/index.js';
import {
  BudgetAlertPage,
  BudgetChangeBody,
  BudgetHistory,
  BudgetPage,
  BudgetResponse,
  DecisionBody,
  HistoryQuery,
  IncreaseBody,
  IncreasePage,
  IncreaseResponse,
  NewBudgetBody,
  RehearsalBody,
  RehearsalResponse,
} from './budgets.dto.js';
import { Budgets } from './budgets.service.js';
import { Increases } from './increases.service.js';
import { Rehearsals } from './rehearsals.service.js';

@ApiTags('billing')
@Controller('budgets')
export class BudgetsController {
  constructor(
    private readonly budgets: Budgets,
    private readonly increases: Increases,
    private readonly rehearsals: Rehearsals,
  ) {}

  @Get()
  @Requires('budget:read')
  @ApiOperation({ operationId: 'listBudgets', summary: 'Budgets with their running periods; members see those that bound them' })
  @ApiOkResponse({ type: BudgetPage })
  list(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<BudgetPage> {
    return this.budgets.list(ctx, query);
  }

  @Post()
  @Requires('budget:write')
  @ApiOperation({ operationId: 'createBudget', summary: 'Bound what the organisation, a team, a person or a key spends in a period' })
  @ApiCreatedResponse({ type: BudgetResponse })
  create(@Context() ctx: Ctx, @Body() body: NewBudgetBody): Promise<BudgetResponse> {
    return this.budgets.create(ctx, body);
  }

  @Get('alerts')
  @Requires('budget:read')
  @ApiOperation({ operationId: 'listBudgetAlerts', summary: 'Thresholds that budgets passed, each once per period' })
  @ApiOkResponse({ type: BudgetAlertPage })
  alerts(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<BudgetAlertPage> {
    return this.budgets.alerts(ctx, query);
  }

  @Get('increases')
  @Requires('budget:read')
  @ApiOperation({ operationId: 'listBudgetIncreases', summary: 'Requests for more of a budget, and what became of them' })
  @ApiOkResponse({ type: IncreasePage })
  listIncreases(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<IncreasePage> {
    return this.increases.list(ctx, query);
  }

  @Post('increases/:id/decision')
  @HttpCode(200)
  @Requires('budget:write')
  @ApiOperation({ operationId: 'decideBudgetIncrease', summary: 'Approve or decline a request; approved, it counts until the period ends' })
  @ApiOkResponse({ type: IncreaseResponse })
  decide(@Context() ctx: Ctx, @IdParam('inc', 'id') id: string, @Body() body: DecisionBody): Promise<IncreaseResponse> {
    return this.increases.decide(ctx, id, body.approved);
  }

  @Post('rehearsals')
  @HttpCode(200)
  @Requires('budget:write')
  @ApiOperation({ operationId: 'rehearseBudget', summary: 'What such a budget would have refused last month' })
  @ApiOkResponse({ type: RehearsalResponse })
  rehearse(@Context() ctx: Ctx, @Body() body: RehearsalBody): Promise<RehearsalResponse> {
    return this.rehearsals.rehearse(ctx, body);
  }

  @Get(':id')
  @Requires('budget:read')
  @ApiOperation({ operationId: 'getBudget', summary: 'A budget with its running period' })
  @ApiOkResponse({ type: BudgetResponse })
  get(@Context() ctx: Ctx, @IdParam('bud', 'id') id: string): Promise<BudgetResponse> {
    return this.budgets.get(ctx, id);
  }

  @Patch(':id')
  @Requires('budget:write')
  @ApiOperation({ operationId: 'updateBudget', summary: 'Change name, limit, mode or thresholds; open holds stay as they are' })
  @ApiOkResponse({ type: BudgetResponse })
  update(@Context() ctx: Ctx, @IdParam('bud', 'id') id: string, @Body() body: BudgetChangeBody): Promise<BudgetResponse> {
    return this.budgets.update(ctx, id, body);
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('budget:write')
  @ApiOperation({ operationId: 'deleteBudget', summary: 'Remove a budget; what is held under it is settled as before' })
  @ApiNoContentResponse()
  delete(@Context() ctx: Ctx, @IdParam('bud', 'id') id: string): Promise<void> {
    return this.budgets.delete(ctx, id);
  }

  @Get(':id/history')
  @Requires('budget:read')
  @ApiOperation({ operationId: 'getBudgetHistory', summary: 'What was spent in each period' })
  @ApiOkResponse({ type: BudgetHistory })
  history(@Context() ctx: Ctx, @IdParam('bud', 'id') id: string, @Query() query: HistoryQuery): Promise<BudgetHistory> {
    return this.budgets.history(ctx, id, query.limit);
  }

  @Post(':id/increases')
  @Requires('budget:ask')
  @ApiOperation({ operationId: 'askForBudgetIncrease', summary: 'Ask for more until the running period ends' })
  @ApiCreatedResponse({ type: IncreaseResponse })
  ask(@Context() ctx: Ctx, @IdParam('bud', 'id') id: string, @Body() body: IncreaseBody): Promise<IncreaseResponse> {
    return this.increases.ask(ctx, id, body);
  }
}
