import type { TaskParameters } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { noteOtherSize, type Faults, type TaskPlan } from '../../jobs/index.js';
import { sizeOf } from './visual-job.js';
import { VisualPipeline, type PreparedVisual } from './visual-pipeline.js';
import { MatteDto } from './visual.dto.js';

/** The alpha of a subject, hair and all: from the picture alone, or with the same scene without the subject. */
@Injectable()
export class Matte extends VisualPipeline<MatteDto> {
  readonly operation = 'matte';
  readonly dto = MatteDto;

  async resolve(ctx: Ctx, p: MatteDto, faults: Faults): Promise<PreparedVisual<MatteDto>> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    const plate = p.plate === undefined ? null : await this.pictures.find(ctx, 'plate', p.plate, faults);
    if (!faults.touch('/method') && !faults.touch('/plate') && (p.method === 'plate') !== (p.plate !== undefined))
      faults.add('/plate', {
        code: p.plate ? 'not_used' : 'required',
        message: p.plate ? `The method ${p.method} works without a plate.` : 'The method plate compares the picture with the same scene without its subject.',
        fix: p.plate ? 'Leave plate out, or choose the method plate.' : 'Add plate, or choose the method portrait or general.',
      });
    noteOtherSize('plate', picture, plate, faults);
    return this.prepared(ctx, p, { inputs: [picture?.input, plate?.input], work: sizeOf(picture), variant: p.method }, faults);
  }

  price(): QuoteItem[] {
    return [{ code: 'unit', unit: 'matte', quantity: 1 }];
  }

  plan(job: PreparedVisual<MatteDto>): TaskPlan[] {
    return [this.task('matte', { method: job.parameters.method } satisfies TaskParameters['matte'], job)];
  }
}
