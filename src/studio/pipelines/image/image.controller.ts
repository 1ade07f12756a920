import { Body, Controller, Headers, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../../platform/context/index.js';
import { Context, Idem, Requires, SpendsMoney, type IdempotencyClaim } from '../../../platform/http/index.js';
import { AcceptsJob, Jobs, type AcceptedJob } from '../../jobs/index.js';
import { Img2ImgBody, Txt2ImgBody } from './image.dto.js';

@ApiTags('generate')
@Controller('generate')
export class ImageController {
  constructor(private readonly jobs: Jobs) {}

  @Post('txt2img')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('txt2img', 'Make pictures from words', Txt2ImgBody)
  txt2img(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'txt2img', body, idem, prefer);
  }

  @Post('img2img')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('img2img', 'Make pictures from a picture and words', Img2ImgBody)
  img2img(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'img2img', body, idem, prefer);
  }
}
