import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, Idem, IdParam, Requires, type IdempotencyClaim } from '../../platform/http/index.js';
import { ChargeBody, ChargeResponse } from './charges.dto.js';
import { Charges } from './charges.service.js';

@ApiTags('billing')
@Controller()
export class ChargesController {
  constructor(private readonly charges: Charges) {}

  @Post('operator/tenants/:id/charges')
  @Requires('operator:grants')
  @ApiOperation({ operationId: 'recordCharge', summary: 'Record what a tenant was invoiced outside: a purchase, a tax, a credit, an adjustment' })
  @ApiCreatedResponse({ type: ChargeResponse })
  record(@Context() ctx: Ctx, @IdParam('tnt', 'id') tenantId: string, @Body() body: ChargeBody, @Idem() idem: IdempotencyClaim): Promise<ChargeResponse> {
    return this.charges.recordFromOperator(ctx, tenantId, body, idem.key);
  }
}
