import type { TaskParameters } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import type { Faults, TaskPlan } from '../../jobs/index.js';
import { notePoints, sizeOf } from './visual-job.js';
import { VisualPipeline, type PreparedVisual } from './visual-pipeline.js';
import { SegmentDto } from './visual.dto.js';

/** The mask of what was clicked on. */
@Injectable()
export class Segment extends VisualPipeline<SegmentDto> {
  readonly operation = 'segment';
  readonly dto = SegmentDto;

  async resolve(ctx: Ctx, p: SegmentDto, faults: Faults): Promise<PreparedVisual<SegmentDto>> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    notePoints(p.points, picture, faults);
    return this.prepared(ctx, p, { inputs: [picture?.input], work: sizeOf(picture), variant: p.quality }, faults);
  }

  price(): QuoteItem[] {
    return [{ code: 'unit', unit: 'segment', quantity: 1 }];
  }

  plan(job: PreparedVisual<SegmentDto>): TaskPlan[] {
    const { points, quality } = job.parameters;
    return [this.task('segment', { points, quality } satisfies TaskParameters['segment'], job)];
  }
}
