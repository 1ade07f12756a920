import { randomInt } from 'node:crypto';
import { PARAMETER_LIMITS } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { ModelChoice, type ChosenModel, type Faults, type JobInput, type PreparedJob } from '../../jobs/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import type { Txt2ImgDto } from './image.dto.js';

export type ImageOperation = 'txt2img' | 'img2img' | 'inpaint' | 'outpaint';

/** Resolved: with a seed, and with the model it will be made with. */
export type ImageRequest<P extends Txt2ImgDto> = P & { seed: number; model: string };
export interface PreparedImage<P extends Txt2ImgDto> extends PreparedJob {
  parameters: ImageRequest<P>;
  entry: ChosenModel;
}

/** What text-to-image and image-to-image have in common when a request comes in. */
@Injectable()
export class ImageRequests {
  constructor(private readonly models: ModelChoice) {}

  /** Chooses the model, draws a seed and notes what the catalogue cannot serve. */
  async resolve<P extends Txt2ImgDto>(ctx: Ctx, operation: ImageOperation, p: P, inputs: JobInput[], faults: Faults): Promise<PreparedImage<P>> {
    const entry = await this.models.choose(ctx, operation, p.model ?? undefined, faults);
    // The catalogue holds neither yet, so whatever is named is not there.
    for (const i of p.loras?.keys() ?? [])
      faults.add(`/loras/${i}/model`, {
        code: 'unknown_model',
        message: 'There is no such LoRA in the catalogue.',
        fix: 'Leave it out, or see GET /models/search?type=lora.',
      });
    for (const i of p.controlNets?.keys() ?? [])
      faults.add(`/controlNets/${i}/type`, {
        code: 'unknown_model',
        message: 'There is no such ControlNet in the catalogue.',
        fix: 'Leave it out, or see GET /models/search?type=controlnet.',
      });
    return {
      parameters: { ...p, seed: p.seed ?? randomInt(PARAMETER_LIMITS.seedMax + 1), model: entry?.slug ?? '' },
      entry: entry!,
      model: entry?.slug ?? '',
      simulated: entry?.simulated ?? false,
      inputs,
      // The negative prompt says what must not be in the picture: there the very words of the rules belong.
      prompts: [{ pointer: '/prompt', text: p.prompt }],
      sides: [
        { pointer: '/width', pixels: p.width },
        { pointer: '/height', pixels: p.height },
      ],
    };
  }
}
