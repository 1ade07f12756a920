import type { TaskParameters } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import type { Faults, TaskPlan } from '../../jobs/index.js';
import { sizeOf } from './visual-job.js';
import { VisualPipeline, type PreparedVisual } from './visual-pipeline.js';
import { FaceRestoreDto } from './visual.dto.js';

/** Faces of a picture made clear again; the rest stays as it is. */
@Injectable()
export class FaceRestore extends VisualPipeline<FaceRestoreDto> {
  readonly operation = 'face-restore';
  readonly dto = FaceRestoreDto;

  async resolve(ctx: Ctx, p: FaceRestoreDto, faults: Faults): Promise<PreparedVisual<FaceRestoreDto>> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    return this.prepared(ctx, p, { inputs: [picture?.input], work: sizeOf(picture), variant: p.method }, faults);
  }

  price(): QuoteItem[] {
    return [{ code: 'unit', unit: 'face_restore', quantity: 1 }];
  }

  plan(job: PreparedVisual<FaceRestoreDto>): TaskPlan[] {
    const { method, fidelity } = job.parameters;
    return [this.task('face-restore', { method, fidelity } satisfies TaskParameters['face-restore'], job)];
  }
}
