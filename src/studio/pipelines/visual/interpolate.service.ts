import { PARAMETER_LIMITS, type TaskParameters } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { framesBegun, type QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import type { Faults, TaskPlan } from '../../jobs/index.js';
import { framesAt, sizeOf } from './visual-job.js';
import { VisualPipeline, type PreparedVisual } from './visual-pipeline.js';
import { InterpolateDto } from './visual.dto.js';

/** Frames between frames: a clip as long as before that moves more smoothly. */
@Injectable()
export class Interpolate extends VisualPipeline<InterpolateDto> {
  readonly operation = 'interpolate';
  readonly dto = InterpolateDto;

  async resolve(ctx: Ctx, p: InterpolateDto, faults: Faults): Promise<PreparedVisual<InterpolateDto>> {
    const film = await this.films.find(ctx, 'video', p.video, faults);
    const frames = film && !faults.touch('/targetFps') ? framesAt(film.durationSeconds, p.targetFps) : 1;
    if (film && !faults.touch('/targetFps')) {
      if (p.targetFps <= film.fps)
        faults.add('/targetFps', {
          code: 'not_faster',
          message: `The clip has ${film.fps} frames a second already.`,
          fix: `Ask for more than ${film.fps}.`,
        });
      else if (frames > PARAMETER_LIMITS.interpolatedFramesMax)
        faults.add('/targetFps', {
          code: 'too_many_frames',
          message: `The result would have ${frames} frames; ${PARAMETER_LIMITS.interpolatedFramesMax} are the most.`,
          fix: 'Ask for fewer frames a second, or cut the clip.',
        });
    }
    return this.prepared(ctx, p, { inputs: [film?.input], work: sizeOf(film), frames }, faults);
  }

  price({ frames }: PreparedVisual<InterpolateDto>): QuoteItem[] {
    return [{ code: 'unit', unit: 'interpolation_frames_25', quantity: framesBegun(frames) }];
  }

  plan(job: PreparedVisual<InterpolateDto>): TaskPlan[] {
    return [this.task('interpolate', { targetFps: job.parameters.targetFps } satisfies TaskParameters['interpolate'], job)];
  }
}
