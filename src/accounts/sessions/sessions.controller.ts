import { Controller, Delete, Get, HttpCode, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Authenticated, Context, IdParam, PageQuery } from '../../platform/http/index.js';
import { SessionListDto } from './sessions.dto.js';
import { Sessions } from './sessions.service.js';

@ApiTags('users')
@Controller('users/me/sessions')
export class SessionsController {
  constructor(private readonly sessions: Sessions) {}

  @Get()
  @Authenticated()
  @ApiOperation({ summary: 'Where you are signed in' })
  @ApiOkResponse({ type: SessionListDto })
  list(@Context() ctx: Ctx, @Query() query: PageQuery): Promise<SessionListDto> {
    return this.sessions.list(ctx, query);
  }

  @Delete()
  @HttpCode(204)
  @Authenticated()
  @ApiOperation({ summary: 'Sign out everywhere else' })
  @ApiNoContentResponse()
  revokeOthers(@Context() ctx: Ctx): Promise<void> {
    return this.sessions.revokeOthers(ctx);
  }

  @Delete(':id')
  @HttpCode(204)
  @Authenticated()
  @ApiOperation({ summary: 'Sign one session out; takes effect everywhere within 5 s' })
  @ApiNoContentResponse()
  revoke(@Context() ctx: Ctx, @IdParam('ses', 'id') id: string): Promise<void> {
    return this.sessions.revokeOwn(ctx, id);
  }
}
