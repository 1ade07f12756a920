import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../../platform/context/index.js';
import { Context, Idem, IdParam, Requires, SpendsMoney, type IdempotencyClaim } from '../../../platform/http/index.js';
import { ClickView, SegmentSessionView } from './segment-sessions.dto.js';
import { SegmentSessions } from './segment-sessions.service.js';
import { ClicksDto, SegmentSessionBody } from './visual.dto.js';

@ApiTags('visual')
@Controller('visual/segment/sessions')
export class SegmentSessionsController {
  constructor(private readonly sessions: SegmentSessions) {}

  @Post()
  @Requires('job:create')
  @SpendsMoney()
  @ApiOperation({ operationId: 'openSegmentSession', summary: 'Open a picture for clicks, for ten minutes' })
  @ApiBody({ type: SegmentSessionBody })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'Required when the caller is an API key.' })
  @ApiCreatedResponse({ type: SegmentSessionView })
  open(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim): Promise<SegmentSessionView> {
    return this.sessions.open(ctx, body, idem);
  }

  @Get(':id')
  @Requires('job:read')
  @ApiOperation({ operationId: 'getSegmentSession', summary: 'Whether a session still takes clicks' })
  @ApiOkResponse({ type: SegmentSessionView })
  get(@Context() ctx: Ctx, @IdParam('job', 'id') id: string): Promise<SegmentSessionView> {
    return this.sessions.get(ctx, id);
  }

  @Post(':id/clicks')
  @Requires('job:create')
  @HttpCode(200)
  @ApiOperation({ operationId: 'clickSegmentSession', summary: 'The mask of all clicks so far' })
  @ApiBody({ type: ClicksDto })
  @ApiOkResponse({ type: ClickView })
  click(@Context() ctx: Ctx, @IdParam('job', 'id') id: string, @Body() body: unknown): Promise<ClickView> {
    return this.sessions.click(ctx, id, body);
  }

  @Delete(':id')
  @Requires('job:create')
  @ApiOperation({ operationId: 'closeSegmentSession', summary: 'End a session; what it has made stays' })
  @ApiOkResponse({ type: SegmentSessionView })
  close(@Context() ctx: Ctx, @IdParam('job', 'id') id: string): Promise<SegmentSessionView> {
    return this.sessions.close(ctx, id);
  }
}
