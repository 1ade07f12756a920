import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, Requires } from '../../platform/http/index.js';
import { PlanCatalogue } from './plan-catalogue.service.js';
import { NewPlanBody, PlanListResponse, PlanVersionResponse, SetPlanBody, TenantPlanResponse } from './plans.dto.js';
import { Plans } from './plans.service.js';

@ApiTags('billing')
@Controller()
export class PlansController {
  constructor(
    private readonly plans: Plans,
    private readonly catalogue: PlanCatalogue,
  ) {}

  @Get('billing/plan')
  @Requires('billing:read')
  @ApiOperation({ operationId: 'getPlan', summary: 'The plan of the tenant, its limits and its period' })
  @ApiOkResponse({ type: TenantPlanResponse })
  get(@Context() ctx: Ctx): Promise<TenantPlanResponse> {
    return this.plans.describe(ctx);
  }

  @Get('operator/plans')
  @Requires('operator:plans')
  @ApiOperation({ operationId: 'listPlans', summary: 'All plans with all their versions' })
  @ApiOkResponse({ type: PlanListResponse })
  list(@Context() ctx: Ctx): Promise<PlanListResponse> {
    return this.catalogue.list(ctx);
  }

  @Post('operator/plans')
  @Requires('operator:plans')
  @ApiOperation({ operationId: 'createPlan', summary: 'Make a plan, or the next version of one' })
  @ApiCreatedResponse({ type: PlanVersionResponse })
  create(@Context() ctx: Ctx, @Body() body: NewPlanBody): Promise<PlanVersionResponse> {
    return this.catalogue.create(ctx, body);
  }

  @Post('operator/tenants/:id/plan')
  @Requires('operator:plans')
  @HttpCode(200)
  @ApiOperation({ operationId: 'setTenantPlan', summary: 'Give a tenant a plan; its first period begins at once' })
  @ApiOkResponse({ type: TenantPlanResponse })
  set(@Context() ctx: Ctx, @IdParam('tnt', 'id') tenantId: string, @Body() body: SetPlanBody): Promise<TenantPlanResponse> {
    return this.plans.assign(ctx, tenantId, body);
  }
}
