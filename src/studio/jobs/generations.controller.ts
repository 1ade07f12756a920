import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../platform/context/index.js';
import { Context, IdParam, Requires } from '../../platform/http/index.js';
import { JobListQuery, JobPage } from './jobs.dto.js';
import { Generations } from './reading/generations.service.js';

@ApiTags('users')
@Controller('users')
export class GenerationsController {
  constructor(private readonly generations: Generations) {}

  @Get(':id/generations')
  @Requires('job:read')
  @ApiOperation({ operationId: 'listGenerations', summary: 'What a member made, as far as you may see it' })
  @ApiOkResponse({ type: JobPage })
  list(@Context() ctx: Ctx, @IdParam('usr', 'id') userId: string, @Query() query: JobListQuery): Promise<JobPage> {
    return this.generations.of(ctx, userId, query);
  }
}
