import { Body, Controller, Headers, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../../platform/context/index.js';
import { Context, Idem, Requires, SpendsMoney, type IdempotencyClaim } from '../../../platform/http/index.js';
import { AcceptsJob, Jobs, type AcceptedJob } from '../../jobs/index.js';
import { Img2ImgBody, InpaintBody, OutpaintBody, Txt2ImgBody, VideoBody } from './image.dto.js';

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

  @Post('inpaint')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('inpaint', 'Make a part of a picture anew from words', InpaintBody)
  inpaint(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'inpaint', body, idem, prefer);
  }

  @Post('outpaint')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('outpaint', 'Continue a picture beyond its edges', OutpaintBody)
  outpaint(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'outpaint', body, idem, prefer);
  }

  @Post('video')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('video', 'Make a clip from a picture, or from words', VideoBody)
  video(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'video', body, idem, prefer);
  }
}
