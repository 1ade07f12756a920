import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiConsumes, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Ctx } from '../../../platform/context/index.js';
import { Context, IdParam, Requires } from '../../../platform/http/index.js';
import { ImportParts } from './import-parts.service.js';
import { BeginUploadBody, ImportListView, ImportUrlBody, ImportView } from './imports.dto.js';
import { Imports } from './imports.service.js';

@ApiTags('models')
@Controller('models')
export class ImportsController {
  constructor(
    private readonly imports: Imports,
    private readonly parts: ImportParts,
  ) {}

  @Post()
  @Requires('model:write')
  @HttpCode(202)
  @ApiOperation({ operationId: 'importModel', summary: 'Import a model from an address' })
  @ApiAcceptedResponse({ type: ImportView })
  fetch(@Context() ctx: Ctx, @Body() body: ImportUrlBody): Promise<ImportView> {
    return this.imports.fetch(ctx, body);
  }

  @Post('upload')
  @Requires('model:write')
  @ApiOperation({ operationId: 'uploadModel', summary: 'Begin to upload a model; its file arrives in parts' })
  @ApiCreatedResponse({ type: ImportView })
  upload(@Context() ctx: Ctx, @Body() body: BeginUploadBody): Promise<ImportView> {
    return this.imports.upload(ctx, body);
  }

  @Get('imports')
  @Requires('model:read')
  @ApiOperation({ operationId: 'listModelImports', summary: 'The latest hundred imports' })
  @ApiOkResponse({ type: ImportListView })
  async list(@Context() ctx: Ctx): Promise<ImportListView> {
    return { data: await this.imports.list(ctx) };
  }

  @Get('imports/:id')
  @Requires('model:read')
  @ApiOperation({ operationId: 'getModelImport', summary: 'Where an import stands, and why it was refused' })
  @ApiOkResponse({ type: ImportView })
  get(@Context() ctx: Ctx, @IdParam('mdv', 'id') id: string): Promise<ImportView> {
    return this.imports.get(ctx, id);
  }

  @Put('imports/:id/parts/:n')
  @Requires('model:import')
  @ApiConsumes('application/octet-stream')
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @ApiOperation({ operationId: 'putModelPart', summary: 'One part of the file, counted from 1; may be sent again' })
  @ApiOkResponse({ type: ImportView })
  part(@Context() ctx: Ctx, @IdParam('mdv', 'id') id: string, @Param('n') n: string, @Req() request: FastifyRequest): Promise<ImportView> {
    return this.parts.put(ctx, id, Number(n), request.raw);
  }

  @Post('imports/:id/complete')
  @Requires('model:import')
  @HttpCode(202)
  @ApiOperation({ operationId: 'completeModelImport', summary: 'All parts are there: check the file' })
  @ApiAcceptedResponse({ type: ImportView })
  complete(@Context() ctx: Ctx, @IdParam('mdv', 'id') id: string): Promise<ImportView> {
    return this.imports.complete(ctx, id);
  }

  @Delete('imports/:id')
  @Requires('model:import')
  @ApiOperation({ operationId: 'cancelModelImport', summary: 'Stop an import and forget its bytes' })
  @ApiOkResponse({ type: ImportView })
  cancel(@Context() ctx: Ctx, @IdParam('mdv', 'id') id: string): Promise<ImportView> {
    return this.imports.cancel(ctx, id);
  }
}
