import { Body, Controller, Delete, Get, Headers, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Ctx } from '../../platform/context/index.js';
import { Context, Idem, IdParam, Requires, SpendsMoney, type IdempotencyClaim } from '../../platform/http/index.js';
import { AcceptsJob, type AcceptedJob } from './accepted-job.js';
import {
  EstimateDto,
  EstimateView,
  JobExplainView,
  JobListQuery,
  JobLogView,
  JobOutputsView,
  JobPage,
  JobStatusView,
  JobView,
  SubmitJobDto,
} from './jobs.dto.js';
import { Jobs } from './jobs.service.js';

@ApiTags('jobs')
@Controller()
export class JobsController {
  constructor(private readonly jobs: Jobs) {}

  @Post('jobs')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('submitJob', 'Run an operation', SubmitJobDto)
  submit(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.submit(ctx, body, idem, prefer);
  }

  @Post('estimates')
  @HttpCode(200)
  @Requires('job:create')
  @ApiOperation({ operationId: 'estimateJob', summary: 'What a job would cost and when it would end; nothing is kept or held' })
  @ApiBody({ type: EstimateDto })
  @ApiOkResponse({ type: EstimateView })
  estimate(@Context() ctx: Ctx, @Body() body: unknown): Promise<EstimateView> {
    return this.jobs.estimate(ctx, body);
  }

  @Get('jobs')
  @Requires('job:read')
  @ApiOperation({ operationId: 'listJobs', summary: 'Jobs, newest first' })
  @ApiOkResponse({ type: JobPage })
  list(@Context() ctx: Ctx, @Query() query: JobListQuery): Promise<JobPage> {
    return this.jobs.list(ctx, query);
  }

  @Get('jobs/history')
  @Requires('job:read')
  @ApiOperation({ operationId: 'listJobHistory', summary: 'Jobs that have ended, newest first' })
  @ApiOkResponse({ type: JobPage })
  history(@Context() ctx: Ctx, @Query() query: JobListQuery): Promise<JobPage> {
    return this.jobs.history(ctx, query);
  }

  @Get('jobs/:id')
  @Requires('job:read')
  @ApiOperation({ operationId: 'getJob', summary: 'One job' })
  @ApiOkResponse({ type: JobView })
  get(@Context() ctx: Ctx, @IdParam('job', 'id') id: string): Promise<JobView> {
    return this.jobs.get(ctx, id);
  }

  @Get('jobs/:id/status')
  @Requires('job:read')
  @ApiOperation({ operationId: 'getJobStatus', summary: 'How far a job is' })
  @ApiOkResponse({ type: JobStatusView })
  status(@Context() ctx: Ctx, @IdParam('job', 'id') id: string): Promise<JobStatusView> {
    return this.jobs.status(ctx, id);
  }

  @Get('jobs/:id/outputs')
  @Requires('job:read')
  @ApiOperation({ operationId: 'getJobOutputs', summary: 'What a job made' })
  @ApiOkResponse({ type: JobOutputsView })
  outputs(@Context() ctx: Ctx, @IdParam('job', 'id') id: string): Promise<JobOutputsView> {
    return this.jobs.outputs(ctx, id);
  }

  @Get('jobs/:id/log')
  @Requires('job:read')
  @ApiOperation({ operationId: 'getJobLog', summary: 'What happened to a job, in order, in words' })
  @ApiOkResponse({ type: JobLogView })
  log(@Context() ctx: Ctx, @IdParam('job', 'id') id: string): Promise<JobLogView> {
    return this.jobs.log(ctx, id);
  }

  @Get('jobs/:id/explain')
  @Requires('job:read')
  @ApiOperation({ operationId: 'explainJob', summary: 'Why a job cost what it cost: quote, price list, hold, postings, attempts' })
  @ApiOkResponse({ type: JobExplainView })
  explain(@Context() ctx: Ctx, @IdParam('job', 'id') id: string): Promise<JobExplainView> {
    return this.jobs.explain(ctx, id);
  }

  @Delete('jobs/:id')
  @Requires('job:cancel')
  @ApiOperation({ operationId: 'cancelJob', summary: 'Cancel a job: 202 when it was asked to stop, 200 with the job as it is when it had ended' })
  @ApiAcceptedResponse({ type: JobView })
  @ApiOkResponse({ type: JobView, description: 'The job had ended before.' })
  async cancel(@Context() ctx: Ctx, @IdParam('job', 'id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<JobView> {
    const { job, accepted } = await this.jobs.cancel(ctx, id);
    reply.status(accepted ? 202 : 200);
    return job;
  }
}
