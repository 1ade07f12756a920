import type { TaskParameters } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import type { Faults, TaskPlan } from '../../jobs/index.js';
import { sizeOf } from './visual-job.js';
import { VisualPipeline, type PreparedVisual } from './visual-pipeline.js';
import { AnalyzeDto } from './visual.dto.js';

/** What can be learned of a picture. Priced as a segmentation; there is no way to do it without a model. */
@Injectable()
export class Analyze extends VisualPipeline<AnalyzeDto> {
  readonly operation = 'analyze';
  readonly dto = AnalyzeDto;

  async resolve(ctx: Ctx, p: AnalyzeDto, faults: Faults): Promise<PreparedVisual<AnalyzeDto>> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    return this.prepared(ctx, p, { inputs: [picture?.input], work: sizeOf(picture), variant: p.what }, faults);
  }

  price(): QuoteItem[] {
    return [{ code: 'unit', unit: 'segment', quantity: 1 }];
  }

  plan(job: PreparedVisual<AnalyzeDto>): TaskPlan[] {
    return [this.task('analyze', { what: job.parameters.what } satisfies TaskParameters['analyze'], job)];
  }
}
