import type { TaskParameters } from '@atelier/contracts';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { PictureInputs, Pipeline, Pipelines, type Faults, type PreparedJob, type TaskPlan } from '../../jobs/index.js';
import { enlarged, lightTask, METHODS, sizeOf, tooLarge, type Size } from './visual-job.js';
import { UpscaleDto } from './visual.dto.js';

interface PreparedUpscale extends PreparedJob {
  parameters: UpscaleDto;
  result: Size;
}

/** A larger picture of the same. The plan bounds the side of the result. */
@Injectable()
export class Upscale extends Pipeline<UpscaleDto, PreparedUpscale> implements OnModuleInit {
  readonly operation = 'upscale';
  readonly dto = UpscaleDto;

  constructor(
    private readonly pipelines: Pipelines,
    private readonly pictures: PictureInputs,
  ) {
    super();
  }

  onModuleInit(): void {
    this.pipelines.register(this);
  }

  async resolve(ctx: Ctx, parameters: UpscaleDto, faults: Faults): Promise<PreparedUpscale> {
    const picture = await this.pictures.find(ctx, 'image', parameters.image, faults);
    const result = enlarged(sizeOf(picture), parameters.factor);
    const message = faults.touch('/factor') ? null : tooLarge(result);
    if (message) faults.add('/factor', { code: 'too_large', message, fix: 'Choose a smaller factor or a smaller picture.' });
    return {
      parameters,
      result,
      model: METHODS.upscale,
      simulated: false,
      inputs: picture ? [picture.input] : [],
      prompts: [],
      sides: [{ pointer: '/factor', pixels: Math.max(result.width, result.height) }],
    };
  }

  price({ parameters }: PreparedUpscale): QuoteItem[] {
    return [{ code: 'upscale', factor: parameters.factor, images: 1 }];
  }

  plan({ parameters: { factor, style }, inputs, result }: PreparedUpscale): TaskPlan[] {
    return [lightTask(this.operation, { factor, style } satisfies TaskParameters['upscale'], inputs, result)];
  }
}
