import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Ctx } from '../platform/context/index.js';
import { Context, IdParam, Requires, Unmetered } from '../platform/http/index.js';
import { StreamQuery } from './events.dto.js';
import { EventStreams } from './event-streams.service.js';

@ApiTags('realtime')
@ApiProduces('text/event-stream')
@Unmetered()
@Controller()
export class EventsController {
  constructor(private readonly streams: EventStreams) {}

  @Get('jobs/:id/events')
  @Requires('job:read')
  @ApiOperation({
    operationId: 'streamJobEvents',
    summary: 'Server-sent events of one job: status, progress, preview, billing, complete',
    description: 'Replays what was stored after `Last-Event-ID` (header) or `lastEventId` (query), then follows; ends after the last event of the job.',
  })
  @ApiOkResponse({ description: '`id`, `event` and `data` per event; `: ping` every 15 seconds.', schema: { type: 'string' } })
  job(
    @Context() ctx: Ctx,
    @IdParam('job', 'id') id: string,
    @Query() query: StreamQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.streams.job(ctx, id, query, request, reply);
  }

  @Get('events')
  @Requires('job:read')
  @ApiOperation({
    operationId: 'streamEvents',
    summary:
      'Server-sent events of all your jobs (`job:status`, `job:complete`), of the balance (`balance:changed`) and of budgets that you may see (`budget:alert`)',
    description: 'With `Last-Event-ID` replays what happened to your jobs and budgets since; open until you close it, at most an hour.',
  })
  @ApiOkResponse({ schema: { type: 'string' } })
  all(@Context() ctx: Ctx, @Query() query: StreamQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.streams.all(ctx, query, request, reply);
  }
}
