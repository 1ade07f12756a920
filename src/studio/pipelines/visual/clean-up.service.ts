import type { TaskParameters } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { noteOtherSize, type Faults, type TaskPlan } from '../../jobs/index.js';
import { sizeOf } from './visual-job.js';
import { VisualPipeline, type PreparedVisual } from './visual-pipeline.js';
import { CleanUpDto } from './visual.dto.js';

/** What the mask covers is filled from what lies around it. */
@Injectable()
export class CleanUp extends VisualPipeline<CleanUpDto> {
  readonly operation = 'clean-up';
  readonly dto = CleanUpDto;

  async resolve(ctx: Ctx, p: CleanUpDto, faults: Faults): Promise<PreparedVisual<CleanUpDto>> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    const mask = await this.pictures.find(ctx, 'mask', p.mask, faults);
    noteOtherSize('mask', picture, mask, faults);
    return this.prepared(ctx, p, { inputs: [picture?.input, mask?.input], work: sizeOf(picture) }, faults);
  }

  price(): QuoteItem[] {
    return [{ code: 'unit', unit: 'clean_up', quantity: 1 }];
  }

  plan(job: PreparedVisual<CleanUpDto>): TaskPlan[] {
    return [this.task('clean-up', { grow: job.parameters.grow } satisfies TaskParameters['clean-up'], job)];
  }
}
