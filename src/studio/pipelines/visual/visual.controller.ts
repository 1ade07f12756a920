import { Body, Controller, Headers, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../../platform/context/index.js';
import { Context, Idem, Requires, SpendsMoney, type IdempotencyClaim } from '../../../platform/http/index.js';
import { AcceptsJob, Jobs, type AcceptedJob } from '../../jobs/index.js';
import { RemoveBackgroundBody, UpscaleBody } from './visual.dto.js';

@ApiTags('visual')
@Controller()
export class VisualController {
  constructor(private readonly jobs: Jobs) {}

  @Post('generate/upscale')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('upscale', 'Enlarge a picture two or four times', UpscaleBody)
  upscale(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'upscale', body, idem, prefer);
  }

  @Post('visual/remove-background')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('removeBackground', 'Cut out the subject of a picture', RemoveBackgroundBody)
  removeBackground(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'remove-background', body, idem, prefer);
  }
}
