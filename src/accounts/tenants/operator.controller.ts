import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, PageQuery, Requires } from '../../platform/http/index.js';
import { MailPageDto, OperatorTenantPageDto, OperatorTenantsQuery, SuspendTenantDto, TenantDto, toTenantDto } from './tenants.dto.js';
import { OperatorDesk } from './operator-desk.service.js';
import { OperatorMail } from './operator-mail.service.js';

/** What the people who run the installation may see of tenants and of the mail it sends. Each look is written to the audit log. */
@ApiTags('operator')
@Controller('operator')
export class OperatorController {
  constructor(
    private readonly desk: OperatorDesk,
    private readonly post: OperatorMail,
  ) {}

  @Get('tenants')
  @Requires('operator:tenants')
  @ApiOperation({ summary: 'All tenants, newest first' })
  @ApiOkResponse({ type: OperatorTenantPageDto })
  tenants(@Context() ctx: Ctx, @Query() query: OperatorTenantsQuery): Promise<OperatorTenantPageDto> {
    return this.desk.tenants(ctx, query);
  }

  @Post('tenants/:id/suspend')
  @HttpCode(200)
  @Requires('operator:tenants')
  @ApiOperation({ summary: 'Refuse every request of a tenant, or lift that' })
  @ApiOkResponse({ type: TenantDto })
  async suspend(@Context() ctx: Ctx, @IdParam('tnt', 'id') id: string, @Body() body: SuspendTenantDto): Promise<TenantDto> {
    return toTenantDto(await this.desk.suspend(ctx, id, body));
  }

  @Get('mail')
  @Requires('operator:mail')
  @ApiOperation({ summary: 'Mail the installation sent or kept, newest first' })
  @ApiOkResponse({ type: MailPageDto })
  mail(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<MailPageDto> {
    return this.post.list(ctx, query);
  }
}
