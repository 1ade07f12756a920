import { Body, Controller, Delete, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, PageQuery, Requires } from '../../platform/http/index.js';
import { BeginUploadBody, ImportUrlBody, ImportView } from './imports/imports.dto.js';
import { Imports } from './imports/imports.service.js';
import { ModelPage, ModelSearchQuery, ModelView, VersionView } from './models.dto.js';
import { Models } from './models.service.js';

/** Embeddings are models like others; these paths show and take no other. */
@ApiTags('models')
@Controller('embeddings')
export class EmbeddingsController {
  constructor(
    private readonly models: Models,
    private readonly imports: Imports,
  ) {}

  @Get()
  @Requires('model:read')
  @ApiOperation({ operationId: 'listEmbeddings', summary: 'Embeddings there are' })
  @ApiOkResponse({ type: ModelPage })
  list(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<ModelPage> {
    return this.models.list(ctx, { ...query, type: 'embedding' });
  }

  @Get('search')
  @Requires('model:read')
  @ApiOperation({ operationId: 'searchEmbeddings', summary: 'Embeddings by base and words' })
  @ApiOkResponse({ type: ModelPage })
  search(@Context() ctx: Ctx, @Query() query: ModelSearchQuery): Promise<ModelPage> {
    return this.models.list(ctx, { ...query, type: 'embedding' });
  }

  @Get(':id')
  @Requires('model:read')
  @ApiOperation({ operationId: 'getEmbedding', summary: 'One of them' })
  @ApiOkResponse({ type: ModelView })
  get(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string): Promise<ModelView> {
    return this.models.view(ctx, id, 'embedding');
  }

  @Get(':id/versions')
  @Requires('model:read')
  @ApiOperation({ operationId: 'listEmbeddingVersions', summary: 'Its versions, newest first' })
  @ApiOkResponse({ type: [VersionView] })
  versions(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string): Promise<VersionView[]> {
    return this.models.versions(ctx, id);
  }

  @Post()
  @Requires('model:write')
  @HttpCode(202)
  @ApiOperation({ operationId: 'importEmbedding', summary: 'Import one from an address' })
  @ApiAcceptedResponse({ type: ImportView })
  fetch(@Context() ctx: Ctx, @Body() body: ImportUrlBody): Promise<ImportView> {
    return this.imports.fetch(ctx, { ...body, type: 'embedding' });
  }

  @Post('upload')
  @Requires('model:write')
  @ApiOperation({ operationId: 'uploadEmbedding', summary: 'Begin to upload one' })
  @ApiCreatedResponse({ type: ImportView })
  upload(@Context() ctx: Ctx, @Body() body: BeginUploadBody): Promise<ImportView> {
    return this.imports.upload(ctx, { ...body, type: 'embedding' });
  }

  @Delete(':id')
  @Requires('model:write')
  @HttpCode(204)
  @ApiOperation({ operationId: 'deleteEmbedding', summary: 'Delete one of your own' })
  @ApiNoContentResponse()
  remove(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string): Promise<void> {
    return this.models.remove(ctx, id);
  }
}
