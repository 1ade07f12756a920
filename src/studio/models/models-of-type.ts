import { Body, Delete, Get, HttpCode, Injectable, Post, Query, type Type } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { ModelType } from '@atelier/contracts';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, PageQuery, Requires } from '../../platform/http/index.js';
import { BeginUploadBody, ImportUrlBody, ImportView } from './imports/imports.dto.js';
import { Imports } from './imports/imports.service.js';
import { ModelPage, ModelSearchQuery, ModelView, VersionView } from './models.dto.js';
import { Models } from './models.service.js';

interface Named {
  /** In the identifiers of the operations. */
  one: string;
  many: string;
  /** In words. */
  title: string;
}

/** Models of one type are models like others, under a path of their own, which shows, takes and deletes no other. */
export function modelsOfType(type: ModelType, { one, many, title }: Named): Type<object> {
  // Without a decorator the compiler keeps no types of what is injected.
  @Injectable()
  class ModelsOfType {
    constructor(
      private readonly models: Models,
      private readonly imports: Imports,
    ) {}

    @Get()
    @Requires('model:read')
    @ApiOperation({ operationId: `list${many}`, summary: `${title} there are` })
    @ApiOkResponse({ type: ModelPage })
    list(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<ModelPage> {
      return this.models.list(ctx, { ...query, type });
    }

    @Get('search')
    @Requires('model:read')
    @ApiOperation({ operationId: `search${many}`, summary: `${title} by base and words` })
    @ApiOkResponse({ type: ModelPage })
    search(@Context() ctx: Ctx, @Query() query: ModelSearchQuery): Promise<ModelPage> {
      return this.models.list(ctx, { ...query, type });
    }

    @Get(':id')
    @Requires('model:read')
    @ApiOperation({ operationId: `get${one}`, summary: 'One of them' })
    @ApiOkResponse({ type: ModelView })
    get(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string): Promise<ModelView> {
      return this.models.view(ctx, id, type);
    }

    @Get(':id/versions')
    @Requires('model:read')
    @ApiOperation({ operationId: `list${one}Versions`, summary: 'Its versions, newest first' })
    @ApiOkResponse({ type: [VersionView] })
    versions(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string): Promise<VersionView[]> {
      return this.models.versions(ctx, id, type);
    }

    @Post()
    @Requires('model:write')
    @HttpCode(202)
    @ApiOperation({ operationId: `import${one}`, summary: 'Import one from an address' })
    @ApiAcceptedResponse({ type: ImportView })
    fetch(@Context() ctx: Ctx, @Body() body: ImportUrlBody): Promise<ImportView> {
      return this.imports.fetch(ctx, { ...body, type });
    }

    @Post('upload')
    @Requires('model:write')
    @ApiOperation({ operationId: `upload${one}`, summary: 'Begin to upload one' })
    @ApiCreatedResponse({ type: ImportView })
    upload(@Context() ctx: Ctx, @Body() body: BeginUploadBody): Promise<ImportView> {
      return this.imports.upload(ctx, { ...body, type });
    }

    @Delete(':id')
    @Requires('model:write')
    @HttpCode(204)
    @ApiOperation({ operationId: `delete${one}`, summary: 'Delete one of your own' })
    @ApiNoContentResponse()
    remove(@Context() ctx: Ctx, @IdParam('mdl', 'id') id: string): Promise<void> {
      return this.models.remove(ctx, id, type);
    }
  }
  return ModelsOfType;
}
