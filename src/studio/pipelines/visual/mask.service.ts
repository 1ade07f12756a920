import type { TaskParameters } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import type { Faults, TaskPlan } from '../../jobs/index.js';
import { noteMaskSteps, stepsOf } from './mask-steps.js';
import { sizeOf } from './visual-job.js';
import { VisualPipeline, type PreparedVisual } from './visual-pipeline.js';
import { MaskDto } from './visual.dto.js';

/** A mask made from a picture, or from another mask, step by step. Free, since it costs next to nothing. */
@Injectable()
export class Mask extends VisualPipeline<MaskDto> {
  readonly operation = 'mask';
  readonly dto = MaskDto;

  async resolve(ctx: Ctx, p: MaskDto, faults: Faults): Promise<PreparedVisual<MaskDto>> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    noteMaskSteps(p.steps, faults);
    return this.prepared(ctx, p, { inputs: [picture?.input], work: sizeOf(picture) }, faults);
  }

  price(): QuoteItem[] {
    return [{ code: 'mask', images: 1 }];
  }

  plan(job: PreparedVisual<MaskDto>): TaskPlan[] {
    return [this.task('mask', { steps: stepsOf(job.parameters.steps) } satisfies TaskParameters['mask'], job)];
  }
}
