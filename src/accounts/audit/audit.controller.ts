import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, Requires } from '../../platform/http/index.js';
import { AuditPageDto, AuditQuery, AuditVerificationDto } from './audit.dto.js';
import { Audit } from './audit.service.js';

@ApiTags('tenant')
@Controller('tenant/audit')
export class AuditController {
  constructor(private readonly audit: Audit) {}

  @Get()
  @Requires('audit:read')
  @ApiOperation({ summary: 'What was done in this tenant, newest first' })
  @ApiOkResponse({ type: AuditPageDto })
  list(@Context() ctx: Ctx, @Query() query: AuditQuery): Promise<AuditPageDto> {
    return this.audit.list(ctx, query);
  }

  @Get('verify')
  @Requires('audit:read')
  @ApiOperation({ summary: 'Recompute the hash chain over all entries' })
  @ApiOkResponse({ type: AuditVerificationDto })
  verify(@Context() ctx: Ctx): Promise<AuditVerificationDto> {
    return this.audit.verify(ctx);
  }
}
