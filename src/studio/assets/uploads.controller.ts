import { Body, Controller, Headers, HttpCode, Post, Put, Req } from '@nestjs/common';
import { ApiConsumes, ApiCreatedResponse, ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, Public, Requires } from '../../platform/http/index.js';
import { AssetView, UploadBody, UploadView } from './assets.dto.js';
import { FILM_TYPES } from './film-header.js';
import { ACCEPTED_TYPES } from './image-header.js';
import { Uploads } from './uploads.service.js';

@ApiTags('assets')
@Controller('uploads')
export class UploadsController {
  constructor(private readonly uploads: Uploads) {}

  @Post()
  @Requires('asset:create')
  @ApiOperation({ operationId: 'beginUpload', summary: 'Get an address to PUT a file to' })
  @ApiCreatedResponse({ type: UploadView })
  begin(@Context() ctx: Ctx, @Body() body: UploadBody): Promise<UploadView> {
    return this.uploads.begin(ctx, body);
  }

  @Put(':id/content')
  @Public()
  @HttpCode(204)
  @ApiConsumes(...ACCEPTED_TYPES, ...FILM_TYPES)
  @ApiHeader({ name: 'x-upload-token', description: 'From the headers that began the upload; it stands in for a sign-in.' })
  @ApiOperation({ operationId: 'putUpload', summary: 'Take the file of an upload whose SHA-256 was not declared; the address comes from beginning the upload' })
  @ApiNoContentResponse()
  put(@IdParam('upl', 'id') id: string, @Req() request: FastifyRequest, @Headers('x-upload-token') token?: string): Promise<void> {
    return this.uploads.put(id, token, request.raw);
  }

  @Post(':id/complete')
  @Requires('asset:create')
  @HttpCode(200)
  @ApiOperation({ operationId: 'completeUpload', summary: 'Check the file and make it an asset; the same answer however often it is called' })
  @ApiOkResponse({ type: AssetView })
  complete(@Context() ctx: Ctx, @IdParam('upl', 'id') id: string): Promise<AssetView> {
    return this.uploads.complete(ctx, id);
  }
}
