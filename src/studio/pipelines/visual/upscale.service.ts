import type { TaskParameters } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import type { Faults, TaskPlan } from '../../jobs/index.js';
import { enlarged, sizeOf, tooLarge } from './visual-job.js';
import { VisualPipeline, type PreparedVisual } from './visual-pipeline.js';
import { UpscaleDto } from './visual.dto.js';

/** The one model that cannot enlarge four times; those that do are halved for twice. */
const TWICE = 'realesrgan-x2';

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
    const variant = p.style === 'anime' ? 'anime' : `photo-x${p.factor}`;
    const prepared = await this.prepared(ctx, p, { inputs: [picture?.input], work, sides, variant, named: p.model }, faults);
    if (prepared.model === TWICE && p.factor !== 2)
      faults.add('/factor', { code: 'not_supported', message: `${TWICE} enlarges twice.`, fix: 'Choose 2, or another model.' });
    return prepared;
  }

  price({ parameters }: PreparedVisual<UpscaleDto>): QuoteItem[] {
    return [{ code: 'upscale', factor: parameters.factor, images: 1 }];
  }

  plan(job: PreparedVisual<UpscaleDto>): TaskPlan[] {
    const { factor, style } = job.parameters;
    return [this.task('upscale', { factor, style } satisfies TaskParameters['upscale'], job)];
  }
}
