import type { TaskParameters } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import type { Faults, TaskPlan } from '../../jobs/index.js';
import { sizeOf } from './visual-job.js';
import { VisualPipeline, type PreparedVisual } from './visual-pipeline.js';
import { RemoveBackgroundDto } from './visual.dto.js';

/** The subject of a picture, on nothing or on a colour. Nothing is enlarged, so that the plan does not bound the side. */
@Injectable()
export class RemoveBackground extends VisualPipeline<RemoveBackgroundDto> {
  readonly operation = 'remove-background';
  readonly dto = RemoveBackgroundDto;

  async resolve(ctx: Ctx, p: RemoveBackgroundDto, faults: Faults): Promise<PreparedVisual<RemoveBackgroundDto>> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    return this.prepared(ctx, p, { inputs: [picture?.input], work: sizeOf(picture) }, faults);
  }

  price(): QuoteItem[] {
    return [{ code: 'background_removal', images: 1 }];
  }

  plan(job: PreparedVisual<RemoveBackgroundDto>): TaskPlan[] {
    return [this.task('remove-background', { background: job.parameters.background } satisfies TaskParameters['remove-background'], job)];
  }
}
