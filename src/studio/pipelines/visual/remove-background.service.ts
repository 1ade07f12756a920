import type { TaskParameters } from '@atelier/contracts';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { PictureInputs, Pipeline, Pipelines, type Faults, type PreparedJob, type TaskPlan } from '../../jobs/index.js';
import { lightTask, METHODS, sizeOf, type Size } from './visual-job.js';
import { RemoveBackgroundDto } from './visual.dto.js';

interface PreparedRemoval extends PreparedJob {
  parameters: RemoveBackgroundDto;
  size: Size;
}

/** The subject of a picture, on nothing or on a colour. Nothing is enlarged, so that the plan does not bound the side. */
@Injectable()
export class RemoveBackground extends Pipeline<RemoveBackgroundDto, PreparedRemoval> implements OnModuleInit {
  readonly operation = 'remove-background';
  readonly dto = RemoveBackgroundDto;

  constructor(
    private readonly pipelines: Pipelines,
    private readonly pictures: PictureInputs,
  ) {
    super();
  }

  onModuleInit(): void {
    this.pipelines.register(this);
  }

  async resolve(ctx: Ctx, parameters: RemoveBackgroundDto, faults: Faults): Promise<PreparedRemoval> {
    const picture = await this.pictures.find(ctx, 'image', parameters.image, faults);
    return {
      parameters,
      size: sizeOf(picture),
      model: METHODS['remove-background'],
      simulated: false,
      inputs: picture ? [picture.input] : [],
      prompts: [],
      sides: [],
    };
  }

  price(): QuoteItem[] {
    return [{ code: 'background_removal', images: 1 }];
  }

  plan({ parameters: { background }, inputs, size }: PreparedRemoval): TaskPlan[] {
    return [lightTask(this.operation, { background } satisfies TaskParameters['remove-background'], inputs, size)];
  }
}
