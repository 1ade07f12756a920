import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Requires } from '../../platform/http/index.js';
import { ReconciliationResponse } from './reconciliation.dto.js';
import { Reconciliation } from './reconciliation.service.js';

@ApiTags('billing')
@Controller('operator/reconciliation')
export class ReconciliationController {
  constructor(private readonly reconciliation: Reconciliation) {}

  @Get()
  @Requires('operator:plans')
  @ApiOperation({ operationId: 'getReconciliation', summary: 'Whether the books are right: every rule with the rows that break it' })
  @ApiOkResponse({ type: ReconciliationResponse })
  report(): Promise<ReconciliationResponse> {
    return this.reconciliation.report();
  }
}
