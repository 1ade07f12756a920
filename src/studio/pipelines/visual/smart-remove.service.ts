import type { TaskParameters } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { noteOtherSize, type ChosenModel, type Faults, type TaskPlan } from '../../jobs/index.js';
import { notePoints, sizeOf } from './visual-job.js';
import { VisualPipeline, type PreparedVisual } from './visual-pipeline.js';
import { SmartRemoveDto } from './visual.dto.js';

interface PreparedRemoval extends PreparedVisual<SmartRemoveDto> {
  /** Finds what was clicked on; null when a mask was brought. */
  finder: ChosenModel | null;
}

/** Pixels by which what was found is widened: its edge has mixed colours. */
const FOUND_GROW = 1;

/** What was clicked on is found, then filled from what lies around it. With a mask of one's own it is the second step alone. */
@Injectable()
export class SmartRemove extends VisualPipeline<SmartRemoveDto> {
  readonly operation = 'smart-remove';
  readonly dto = SmartRemoveDto;
  override readonly results = ['clean-up'] as const;

  async resolve(ctx: Ctx, p: SmartRemoveDto, faults: Faults): Promise<PreparedRemoval> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    const mask = !p.mask ? null : await this.pictures.find(ctx, 'mask', p.mask, faults);
    if (!faults.touch('/points') && !faults.touch('/mask') && !p.points === !p.mask)
      faults.add('/points', {
        code: p.points ? 'either_or' : 'required',
        message: 'What is to be removed is said by points or by a mask, and by one of them only.',
        fix: p.points ? 'Leave one of them out.' : 'Add points on it, or a mask of it.',
      });
    if (p.points) notePoints(p.points, picture, faults);
    noteOtherSize('mask', picture, mask, faults);
    const finder = p.points ? await this.models.choose(ctx, 'segment', undefined, faults, 'balanced') : null;
    return { ...(await this.prepared(ctx, p, { inputs: [picture?.input, mask?.input], work: sizeOf(picture) }, faults)), finder };
  }

  price(): QuoteItem[] {
    return [{ code: 'unit', unit: 'smart_remove', quantity: 1 }];
  }

  plan(job: PreparedVisual<SmartRemoveDto>): TaskPlan[] {
    const { finder } = job as PreparedRemoval;
    const { points = [] } = job.parameters;
    const fill = this.task('clean-up', { grow: finder ? FOUND_GROW : 0 } satisfies TaskParameters['clean-up'], job);
    if (!finder) return [fill];
    const find: TaskParameters['segment'] = { points, quality: 'balanced' };
    return [this.task('segment', find, job, finder), { ...fill, uses: [{ name: 'mask', from: 0, slot: 'mask' }], state: 'blocked' }];
  }
}
