import { Body, Controller, Headers, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../../platform/context/index.js';
import { Context, Idem, IdParam, Requires, SpendsMoney, type IdempotencyClaim } from '../../../platform/http/index.js';
import { typeId } from '../../../platform/ids/index.js';
import { AcceptsJob, Jobs, type AcceptedJob } from '../../jobs/index.js';
import {
  AnalyzeBody,
  CleanUpBody,
  FaceRestoreBody,
  InterpolateBody,
  MaskBody,
  MatteBody,
  PropagateMaskBody,
  RemoveBackgroundBody,
  SegmentBody,
  SmartRemoveBody,
  UpscaleAssetBody,
  UpscaleBody,
} from './visual.dto.js';

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

  @Post('visual/segment')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('segment', 'Make the mask of what was clicked on', SegmentBody)
  segment(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'segment', body, idem, prefer);
  }

  @Post('visual/inpaint')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('cleanUp', 'Fill what a mask covers from what lies around it', CleanUpBody)
  cleanUp(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'clean-up', body, idem, prefer);
  }

  @Post('visual/smart-remove')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('smartRemove', 'Find what was clicked on and fill its place', SmartRemoveBody)
  smartRemove(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'smart-remove', body, idem, prefer);
  }

  @Post('visual/matte')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('matte', 'Make the alpha of a subject', MatteBody)
  matte(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'matte', body, idem, prefer);
  }

  @Post('visual/face-restore')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('faceRestore', 'Make faces clear again', FaceRestoreBody)
  faceRestore(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'face-restore', body, idem, prefer);
  }

  @Post('visual/interpolate')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('interpolate', 'Make frames between the frames of a video', InterpolateBody)
  interpolate(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'interpolate', body, idem, prefer);
  }

  @Post('visual/mask')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('mask', 'Make a mask, or change one', MaskBody)
  mask(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'mask', body, idem, prefer);
  }

  @Post('visual/propagate-mask')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('propagateMask', 'Carry the mask of the first frame through a video', PropagateMaskBody)
  propagateMask(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'propagate-mask', body, idem, prefer);
  }

  @Post('visual/analyze')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('analyze', 'Learn the depth of a picture, the things in it, whether it is fit to be shown, or its embedding', AnalyzeBody)
  analyze(@Context() ctx: Ctx, @Body() body: unknown, @Idem() idem: IdempotencyClaim, @Headers('prefer') prefer?: string): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'analyze', body, idem, prefer);
  }

  @Post('assets/:id/upscale')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('upscaleAsset', 'Enlarge this picture two or four times', UpscaleAssetBody)
  upscaleAsset(
    @Context() ctx: Ctx,
    @IdParam('ast', 'id') id: string,
    @Body() body: object | undefined,
    @Idem() idem: IdempotencyClaim,
    @Headers('prefer') prefer?: string,
  ): Promise<AcceptedJob> {
    return this.jobs.run(ctx, 'upscale', { ...body, image: typeId('ast', id) }, idem, prefer);
  }
}
