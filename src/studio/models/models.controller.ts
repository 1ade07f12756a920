import { Body, Controller, Delete, Get, Header, HttpCode, Patch, Post, Put, Query, Redirect, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiFoundResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, PageQuery, Requires, Unmetered } from '../../platform/http/index.js';
import {
  ModelPage,
  ModelSearchQuery,
  ModelView,
  PatchModelBody,
  RollBackBody,
  ThermalBody,
  ThermalQuery,
  ThermalStateView,
  VersionView,
} from './models.dto.js';
import { Models } from './models.service.js';
import { Previews } from './previews.service.js';

@ApiTags('models')
@Controller('models')
export class ModelsController {
  constructor(
    private readonly models: Models,
    private readonly previews: Previews,
  ) {}

  @Get()
  @Requires('model:read')
  @ApiOperation({ operationId: 'listModels', summary: 'Your own models and the catalogue' })
  @ApiOkResponse({ type: ModelPage })
  list(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<ModelPage> {
    return this.models.list(ctx, query);
  }

  @Get('search')
  @Requires('model:read')
  @ApiOperation({ operationId: 'searchModels', summary: 'Models by type, base and words' })
  @ApiOkResponse({ type: ModelPage })
  search(@Context() ctx: Ctx, @Query() query: ModelSearchQuery): Promise<ModelPage> {
    return this.models.list(ctx, query);
  }

  @Get(':id')
  @Requires('model:read')
  @ApiOperation({ operationId: 'getModel', summary: 'One model' })
  @ApiOkResponse({ type: ModelView })
  get(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string): Promise<ModelView> {
    return this.models.view(ctx, id);
  }

  @Patch(':id')
  @Requires('model:write')
  @ApiOperation({ operationId: 'changeModel', summary: 'Change its name, words, visibility' })
  @ApiOkResponse({ type: ModelView })
  change(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string, @Body() body: PatchModelBody): Promise<ModelView> {
    return this.models.change(ctx, id, body);
  }

  @Delete(':id')
  @Requires('model:write')
  @HttpCode(204)
  @ApiOperation({ operationId: 'deleteModel', summary: 'Delete a model of your own; refused while jobs need it' })
  @ApiNoContentResponse()
  remove(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string): Promise<void> {
    return this.models.remove(ctx, id);
  }

  @Get(':id/versions')
  @Requires('model:read')
  @ApiOperation({ operationId: 'listModelVersions', summary: 'Its versions with what was checked, newest first' })
  @ApiOkResponse({ type: [VersionView] })
  versions(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string): Promise<VersionView[]> {
    return this.models.versions(ctx, id);
  }

  @Post(':id/rollback')
  @Requires('model:write')
  @HttpCode(200)
  @ApiOperation({ operationId: 'rollBackModel', summary: 'Use another version from now on' })
  @ApiOkResponse({ type: ModelView })
  rollBack(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string, @Body() body: RollBackBody): Promise<ModelView> {
    return this.models.rollBack(ctx, id, body.version);
  }

  @Get(':id/preview')
  @Requires('model:read')
  @Unmetered()
  @Redirect()
  @Header('cache-control', 'private, no-store')
  @Header('referrer-policy', 'no-referrer')
  @ApiOperation({ operationId: 'getModelPreview', summary: 'Redirect to the picture that shows what it does' })
  @ApiFoundResponse({ description: 'The address is in `location`.' })
  async preview(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string): Promise<{ url: string; statusCode: 302 }> {
    return { url: await this.previews.address(ctx, id), statusCode: 302 };
  }

  @Put(':id/preview')
  @Requires('model:write')
  @HttpCode(204)
  @ApiConsumes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' }, description: 'JPEG, PNG or WebP, at most 10 MB.' })
  @ApiOperation({ operationId: 'putModelPreview', summary: 'A picture that shows what a model of your own does' })
  @ApiNoContentResponse()
  putPreview(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string, @Req() request: FastifyRequest): Promise<void> {
    return this.previews.put(ctx, id, request.raw);
  }

  @Get(':id/thermal')
  @Requires('model:read')
  @ApiOperation({ operationId: 'getModelThermal', summary: 'How near its weights are to work, and what a warm-up costs' })
  @ApiOkResponse({ type: ThermalStateView })
  thermal(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string): Promise<ThermalStateView> {
    return this.models.thermalOf(ctx, id);
  }

  @Put(':id/thermal')
  @Requires('model:import')
  @ApiOperation({ operationId: 'putModelThermal', summary: 'Keep its weights near, or let them go; `dryRun=true` only says the cost' })
  @ApiOkResponse({ type: ThermalStateView })
  setThermal(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string, @Body() body: ThermalBody, @Query() query: ThermalQuery): Promise<ThermalStateView> {
    return this.models.setThermal(ctx, id, body, query.dryRun === 'true');
  }
}
