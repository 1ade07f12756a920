import { Body, Controller, Get, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, Idem, IdParam, PageQuery, Requires, type IdempotencyClaim } from '../../platform/http/index.js';
import { CreditsChangeBody, CreditsResponse, GrantBody, GrantResponse, LedgerPage } from './ledger.dto.js';
import { Ledger } from './ledger.service.js';

@ApiTags('billing')
@Controller()
export class LedgerController {
  constructor(private readonly ledger: Ledger) {}

  @Get('billing/credits')
  @Requires('billing:read')
  @ApiOperation({ operationId: 'getCredits', summary: 'Credits to spend, credits held, and the grants behind them' })
  @ApiOkResponse({ type: CreditsResponse })
  credits(@Context() ctx: Ctx): Promise<CreditsResponse> {
    return this.ledger.credits(ctx);
  }

  @Patch('billing/credits')
  @Requires('billing:write')
  @ApiOperation({ operationId: 'changeCredits', summary: 'Set the mark below which the balance is called low' })
  @ApiOkResponse({ type: CreditsResponse })
  change(@Context() ctx: Ctx, @Body() body: CreditsChangeBody): Promise<CreditsResponse> {
    return this.ledger.setLowMark(ctx, body);
  }

  @Get('billing/ledger')
  @Requires('billing:read')
  @ApiOperation({ operationId: 'listLedger', summary: 'Every movement of credits, newest first' })
  @ApiOkResponse({ type: LedgerPage })
  list(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<LedgerPage> {
    return this.ledger.list(ctx, query);
  }

  @Post('operator/tenants/:id/grants')
  @Requires('operator:grants')
  @ApiOperation({ operationId: 'grantCredits', summary: 'Give a tenant credits' })
  @ApiCreatedResponse({ type: GrantResponse })
  grant(@Context() ctx: Ctx, @IdParam('tnt', 'id') tenantId: string, @Body() body: GrantBody, @Idem() idem: IdempotencyClaim): Promise<GrantResponse> {
    return this.ledger.grantFromOperator(ctx, tenantId, body, idem.key);
  }
}
