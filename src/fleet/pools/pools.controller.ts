import { Body, Controller, Get, Patch, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, Requires } from '../../platform/http/index.js';
import { CreatePoolDto, PoolDto, PoolListDto, PoolSecretDto, toPoolDto, UpdatePoolDto } from './pools.dto.js';
import { Pools } from './pools.service.js';

@ApiTags('fleet')
@Controller('fleet/pools')
export class PoolsController {
  constructor(private readonly pools: Pools) {}

  @Get()
  @Requires('fleet:read')
  @ApiOperation({ operationId: 'listPools', summary: 'The pools of boxes' })
  @ApiOkResponse({ type: PoolListDto })
  async list(): Promise<PoolListDto> {
    return { data: (await this.pools.list()).map(toPoolDto) };
  }

  @Post()
  @Requires('fleet:write')
  @ApiOperation({ operationId: 'createPool', summary: 'Add a pool' })
  @ApiCreatedResponse({ type: PoolDto })
  async create(@Context() ctx: Ctx, @Body() body: CreatePoolDto): Promise<PoolDto> {
    return toPoolDto(await this.pools.create(ctx, body));
  }

  @Patch(':id')
  @Requires('fleet:write')
  @ApiOperation({ operationId: 'updatePool', summary: 'Change how many boxes a pool keeps, or pause it' })
  @ApiOkResponse({ type: PoolDto })
  async update(@Context() ctx: Ctx, @IdParam('pool', 'id') id: string, @Body() body: UpdatePoolDto): Promise<PoolDto> {
    return toPoolDto(await this.pools.update(ctx, id, body));
  }

  @Post(':id/secret')
  @Requires('fleet:write')
  @ApiOperation({ operationId: 'rotatePoolSecret', summary: 'Make a new bootstrap secret for the boxes of a pool' })
  @ApiCreatedResponse({ type: PoolSecretDto })
  async rotate(@Context() ctx: Ctx, @IdParam('pool', 'id') id: string): Promise<PoolSecretDto> {
    const { secret, expiresAt } = await this.pools.rotateSecret(ctx, id);
    return { bootstrapSecret: secret, expiresAt: expiresAt.toISOString() };
  }
}
