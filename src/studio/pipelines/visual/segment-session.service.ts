import type { TaskParameters } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import type { Faults, TaskPlan } from '../../jobs/index.js';
import { sizeOf } from './visual-job.js';
import { VisualPipeline, type PreparedVisual } from './visual-pipeline.js';
import { SegmentSessionDto } from './visual.dto.js';

/** Domain §3: a click session is ten minutes. */
const OPEN_SECONDS = 600;

/** A picture that is looked at once and clicked on many times: its first task keeps what the model saw, each click asks for a mask of it. */
@Injectable()
export class SegmentSession extends VisualPipeline<SegmentSessionDto> {
  readonly operation = 'segment-session';
  readonly dto = SegmentSessionDto;

  async resolve(ctx: Ctx, p: SegmentSessionDto, faults: Faults): Promise<PreparedVisual<SegmentSessionDto>> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    const job = await this.prepared(ctx, p, { inputs: [picture?.input], work: sizeOf(picture), variant: p.quality }, faults);
    return { ...job, openSeconds: OPEN_SECONDS };
  }

  price(): QuoteItem[] {
    return [{ code: 'unit', unit: 'segment', quantity: 1 }];
  }

  plan(job: PreparedVisual<SegmentSessionDto>): TaskPlan[] {
    return [this.look(job, [])];
  }

  /** A task on the picture of a session; without points it only looks at the picture. */
  look(job: PreparedVisual<SegmentSessionDto>, points: TaskParameters['segment']['points']): TaskPlan {
    return this.task('segment', { points, quality: job.parameters.quality } satisfies TaskParameters['segment'], job);
  }
}
