import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, Requires } from '../../platform/http/index.js';
import { CatalogueFileBody, ImportView } from './imports/imports.dto.js';
import { Imports } from './imports/imports.service.js';
import { Licences } from './licences.service.js';
import { LicenceGatesView, PutLicenceBody } from './models.dto.js';

@ApiTags('operator')
@Controller('operator')
export class OperatorModelsController {
  constructor(
    private readonly imports: Imports,
    private readonly licences: Licences,
  ) {}

  @Post('models/:slug/files')
  @Requires('operator:models')
  @HttpCode(202)
  @ApiOperation({ operationId: 'importCatalogueFile', summary: 'Import a file of a model of the catalogue, by parts or from an address' })
  @ApiAcceptedResponse({ type: ImportView })
  file(@Context() ctx: Ctx, @Param('slug') slug: string, @Body() body: CatalogueFileBody): Promise<ImportView> {
    return this.imports.forCatalogue(ctx, slug, body);
  }

  @Get('licences')
  @Requires('operator:models')
  @ApiOperation({ operationId: 'listLicences', summary: 'Licences of models that somebody has to say a word about' })
  @ApiOkResponse({ type: LicenceGatesView })
  list(): Promise<LicenceGatesView> {
    return this.licences.view();
  }

  @Put('licences')
  @Requires('operator:models')
  @ApiOperation({ operationId: 'putLicence', summary: 'Say why a licence may be used here, or that it may not' })
  @ApiOkResponse({ type: LicenceGatesView })
  put(@Context() ctx: Ctx, @Body() body: PutLicenceBody): Promise<LicenceGatesView> {
    return this.licences.put(ctx, body);
  }
}
