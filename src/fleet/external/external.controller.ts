import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, Requires } from '../../platform/http/index.js';
import { ExternalEngines } from './external-engines.service.js';
import { ExternalConsentView, PutExternalConsentDto } from './external.dto.js';

@ApiTags('tenant')
@Controller('tenant/external')
export class ExternalController {
  constructor(private readonly engines: ExternalEngines) {}

  @Get()
  @Requires('moderation:read')
  @ApiOperation({ operationId: 'getExternalConsent', summary: 'Whether content of this tenant may be sent to outside services' })
  @ApiOkResponse({ type: ExternalConsentView })
  get(@Context() ctx: Ctx): Promise<ExternalConsentView> {
    return this.engines.get(ctx);
  }

  @Put()
  @Requires('moderation:write')
  @ApiOperation({ operationId: 'putExternalConsent', summary: 'Allow or forbid that content is sent to outside services' })
  @ApiOkResponse({ type: ExternalConsentView })
  put(@Context() ctx: Ctx, @Body() body: PutExternalConsentDto): Promise<ExternalConsentView> {
    return this.engines.put(ctx, body);
  }
}
