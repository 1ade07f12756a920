import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query, Redirect, Header, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiCreatedResponse, ApiFoundResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, Requires, Unmetered } from '../../platform/http/index.js';
import { AssetContent } from './asset-content.service.js';
import { AssetDetail, AssetFileBody, AssetPage, AssetQuery, AssetView, ContentQuery, PatchAssetBody, ReportBody, ReportView } from './assets.dto.js';
import { Assets } from './assets.service.js';
import { DirectUploads } from './direct-uploads.service.js';

@ApiTags('assets')
@Controller('assets')
export class AssetsController {
  constructor(
    private readonly assets: Assets,
    private readonly uploads: DirectUploads,
    private readonly content: AssetContent,
  ) {}

  @Get()
  @Requires('asset:read')
  @ApiOperation({ operationId: 'listAssets', summary: 'Pictures and films, newest first' })
  @ApiOkResponse({ type: AssetPage })
  list(@Context() ctx: Ctx, @Query() query: AssetQuery): Promise<AssetPage> {
    return this.assets.list(ctx, query);
  }

  @Post()
  @Requires('asset:create')
  @ApiOperation({ operationId: 'uploadAsset', summary: 'Upload a small file in one request' })
  @ApiConsumes('multipart/form-data')
  @ApiBody({ type: AssetFileBody })
  @ApiCreatedResponse({ type: AssetView })
  upload(@Context() ctx: Ctx, @Req() request: FastifyRequest): Promise<AssetView> {
    return this.uploads.receive(ctx, request);
  }

  @Get(':id')
  @Requires('asset:read')
  @ApiOperation({ operationId: 'getAsset', summary: 'One asset with parameters, lineage and cost' })
  @ApiOkResponse({ type: AssetDetail })
  get(@Context() ctx: Ctx, @IdParam('ast', 'id') id: string): Promise<AssetDetail> {
    return this.assets.detail(ctx, id);
  }

  @Patch(':id')
  @Requires('asset:create')
  @ApiOperation({ operationId: 'changeAsset', summary: 'Change who may see it' })
  @ApiOkResponse({ type: AssetView })
  patch(@Context() ctx: Ctx, @IdParam('ast', 'id') id: string, @Body() body: PatchAssetBody): Promise<AssetView> {
    return this.assets.setVisibility(ctx, id, body.visibility);
  }

  @Delete(':id')
  @Requires('asset:delete')
  @HttpCode(204)
  @ApiOperation({ operationId: 'deleteAsset', summary: 'Delete; refused while something uses it' })
  @ApiNoContentResponse()
  remove(@Context() ctx: Ctx, @IdParam('ast', 'id') id: string): Promise<void> {
    return this.assets.remove(ctx, id);
  }

  @Get(':id/content')
  @Unmetered()
  @Requires('asset:read')
  @Redirect()
  @Header('cache-control', 'private, no-store')
  @Header('referrer-policy', 'no-referrer')
  @ApiOperation({ operationId: 'getAssetContent', summary: 'Redirects to the file, a thumbnail, or the file without its metadata' })
  @ApiFoundResponse({ description: 'A signed address that holds for 5 minutes.' })
  async file(@Context() ctx: Ctx, @IdParam('ast', 'id') id: string, @Query() query: ContentQuery): Promise<{ url: string; statusCode: 302 }> {
    return { url: await this.content.address(ctx, id, query), statusCode: 302 };
  }

  @Post(':id/report')
  @Requires('asset:read')
  @ApiOperation({ operationId: 'reportAsset', summary: 'Report a picture that should not be here' })
  @ApiCreatedResponse({ type: ReportView })
  report(@Context() ctx: Ctx, @IdParam('ast', 'id') id: string, @Body() body: ReportBody): Promise<ReportView> {
    return this.assets.report(ctx, id, body);
  }
}
