import type { TaskParameters } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import type { Faults, TaskPlan } from '../../jobs/index.js';
import { enlarged, sizeOf, tooLarge } from './visual-job.js';
import { VisualPipeline, type PreparedVisual } from './visual-pipeline.js';
import { UpscaleDto } from './visual.dto.js';

/** A larger picture of the same. The plan bounds the side of the result. */
@Injectable()
export class Upscale extends VisualPipeline<UpscaleDto> {
  readonly operation = 'upscale';
  readonly dto = UpscaleDto;

  async resolve(ctx: Ctx, p: UpscaleDto, faults: Faults): Promise<PreparedVisual<UpscaleDto>> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    const work = enlarged(sizeOf(picture), p.factor);
    const message = faults.touch('/factor') ? null : tooLarge(work);
    if (message) faults.add('/factor', { code: 'too_large', message, fix: 'Choose a smaller factor or a smaller picture.' });
    const sides = [{ pointer: '/factor', pixels: Math.max(work.width, work.height) }];
    return this.prepared(ctx, p, { inputs: [picture?.input], work, sides, variant: p.style === 'anime' ? 'anime' : `photo-x${p.factor}` }, faults);
  }

  price({ parameters }: PreparedVisual<UpscaleDto>): QuoteItem[] {
    return [{ code: 'upscale', factor: parameters.factor, images: 1 }];
  }

  plan(job: PreparedVisual<UpscaleDto>): TaskPlan[] {
    const { factor, style } = job.parameters;
    return [this.task('upscale', { factor, style } satisfies TaskParameters['upscale'], job)];
  }
}
