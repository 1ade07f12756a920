import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, Requires } from '../../platform/http/index.js';
import { BoxDto } from '../boxes/index.js';
import { StartBoxDto } from './providers.dto.js';
import { Providers } from './providers.service.js';

@ApiTags('fleet')
@Controller('fleet/boxes')
export class ProvidersController {
  constructor(private readonly providers: Providers) {}

  @Post()
  @HttpCode(202)
  @Requires('fleet:write')
  @ApiOperation({ operationId: 'startBox', summary: 'Start one more box in a pool, within its maximum' })
  @ApiAcceptedResponse({ type: BoxDto })
  start(@Context() ctx: Ctx, @Body() body: StartBoxDto): Promise<BoxDto> {
    return this.providers.startOne(ctx, body.pool);
  }

  @Post(':id/stop')
  @HttpCode(202)
  @Requires('fleet:write')
  @ApiOperation({ operationId: 'stopBox', summary: 'End a box now; what it runs goes back to the front of its lane' })
  @ApiAcceptedResponse({ type: BoxDto })
  stop(@Context() ctx: Ctx, @IdParam('box', 'id') id: string): Promise<BoxDto> {
    return this.providers.stopOne(ctx, id);
  }
}
