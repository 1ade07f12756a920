import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, Requires } from '../../platform/http/index.js';
import { ModerationView, PutModerationDto } from './moderation.dto.js';
import { Moderation } from './moderation.service.js';

@ApiTags('tenant')
@Controller('tenant/moderation')
export class ModerationController {
  constructor(private readonly moderation: Moderation) {}

  @Get()
  @Requires('moderation:read')
  @ApiOperation({ operationId: 'getModeration', summary: 'Rules that prompts of this tenant must keep' })
  @ApiOkResponse({ type: ModerationView })
  get(@Context() ctx: Ctx): Promise<ModerationView> {
    return this.moderation.get(ctx);
  }

  @Put()
  @Requires('moderation:write')
  @ApiOperation({ operationId: 'putModeration', summary: 'Replace the rules' })
  @ApiOkResponse({ type: ModerationView })
  put(@Context() ctx: Ctx, @Body() body: PutModerationDto): Promise<ModerationView> {
    return this.moderation.replace(ctx, body);
  }
}
