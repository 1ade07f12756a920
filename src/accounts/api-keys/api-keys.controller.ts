import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdempotentInService, IdParam, PageQuery, Requires } from '../../platform/http/index.js';
import {
  ApiKeyDto,
  ApiKeyPageDto,
  ApiKeyWithSecretDto,
  CreateApiKeyDto,
  RotateApiKeyDto,
  toApiKeyDto,
  toApiKeyWithSecretDto,
  UpdateApiKeyDto,
} from './api-keys.dto.js';
import { ApiKeys } from './api-keys.service.js';

@ApiTags('api-keys')
@Controller('api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeys) {}

  @Get()
  @Requires('key:read')
  @ApiOperation({ summary: 'Your keys; for owners and admins all keys of the tenant' })
  @ApiOkResponse({ type: ApiKeyPageDto })
  list(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<ApiKeyPageDto> {
    return this.keys.list(ctx, query);
  }

  // "In service": the answer holds a secret, and the general store of answers for replays would keep it in clear.
  @Post()
  @IdempotentInService()
  @Requires('key:write')
  @ApiOperation({ summary: 'Make a key. It is shown in this answer and never again' })
  @ApiCreatedResponse({ type: ApiKeyWithSecretDto })
  async create(@Context() ctx: Ctx, @Body() body: CreateApiKeyDto): Promise<ApiKeyWithSecretDto> {
    return toApiKeyWithSecretDto(await this.keys.create(ctx, body));
  }

  @Patch(':id')
  @Requires('key:write')
  @ApiOperation({ summary: 'Change name, scopes, end or address list' })
  @ApiOkResponse({ type: ApiKeyDto })
  async update(@Context() ctx: Ctx, @IdParam('key', 'id') id: string, @Body() body: UpdateApiKeyDto): Promise<ApiKeyDto> {
    return toApiKeyDto(await this.keys.update(ctx, id, body));
  }

  @Post(':id/rotate')
  @HttpCode(200)
  @IdempotentInService()
  @Requires('key:write')
  @ApiOperation({ summary: 'A new secret for the same key; the old one works on for the overlap' })
  @ApiOkResponse({ type: ApiKeyWithSecretDto })
  async rotate(@Context() ctx: Ctx, @IdParam('key', 'id') id: string, @Body() body: RotateApiKeyDto): Promise<ApiKeyWithSecretDto> {
    return toApiKeyWithSecretDto(await this.keys.rotate(ctx, id, body.overlapHours));
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('key:write')
  @ApiOperation({ summary: 'Revoke a key; takes effect everywhere within 5 s' })
  @ApiNoContentResponse()
  revoke(@Context() ctx: Ctx, @IdParam('key', 'id') id: string): Promise<void> {
    return this.keys.revoke(ctx, id);
  }
}
