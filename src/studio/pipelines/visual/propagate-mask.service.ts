import { PARAMETER_LIMITS, type TaskParameters } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { framesBegun, type QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { noteOtherSize, type Faults, type TaskPlan } from '../../jobs/index.js';
import { sizeOf } from './visual-job.js';
import { VisualPipeline, type PreparedVisual } from './visual-pipeline.js';
import { PropagateMaskDto } from './visual.dto.js';

/** The mask of the first frame carried through the clip. Priced as a segmentation for every 25 frames begun. */
@Injectable()
export class PropagateMask extends VisualPipeline<PropagateMaskDto> {
  readonly operation = 'propagate-mask';
  readonly dto = PropagateMaskDto;

  async resolve(ctx: Ctx, p: PropagateMaskDto, faults: Faults): Promise<PreparedVisual<PropagateMaskDto>> {
    const film = await this.films.find(ctx, 'video', p.video, faults);
    const mask = await this.pictures.find(ctx, 'mask', p.mask, faults);
    noteOtherSize('mask', film, mask, faults);
    if (film && film.frames > PARAMETER_LIMITS.interpolatedFramesMax)
      faults.add('/video', {
        code: 'too_many_frames',
        message: `The clip has ${film.frames} frames; ${PARAMETER_LIMITS.interpolatedFramesMax} are the most.`,
        fix: 'Cut the clip.',
      });
    return this.prepared(ctx, p, { inputs: [film?.input, mask?.input], work: sizeOf(film), frames: film?.frames }, faults);
  }

  price({ frames }: PreparedVisual<PropagateMaskDto>): QuoteItem[] {
    return [{ code: 'unit', unit: 'segment', quantity: framesBegun(frames) }];
  }

  plan(job: PreparedVisual<PropagateMaskDto>): TaskPlan[] {
    return [this.task('propagate-mask', {} satisfies TaskParameters['propagate-mask'], job)];
  }
}
