import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, Requires } from '../../platform/http/index.js';
import { TenantDto, toTenantDto, UpdateTenantDto } from './tenants.dto.js';
import { Tenants } from './tenants.service.js';

@ApiTags('tenant')
@Controller('tenant')
export class TenantsController {
  constructor(private readonly tenants: Tenants) {}

  @Get()
  @Requires('tenant:read')
  @ApiOperation({ summary: 'The tenant this request acts in' })
  @ApiOkResponse({ type: TenantDto })
  async get(@Context() ctx: Ctx): Promise<TenantDto> {
    return toTenantDto(await this.tenants.get(ctx));
  }

  @Patch()
  @Requires('tenant:write')
  @ApiOperation({ summary: 'Change name, time zone or settings' })
  @ApiOkResponse({ type: TenantDto })
  async update(@Context() ctx: Ctx, @Body() body: UpdateTenantDto): Promise<TenantDto> {
    return toTenantDto(await this.tenants.update(ctx, body));
  }
}
