import { randomInt } from 'node:crypto';
import { PARAMETER_LIMITS } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { ModelChoice, PictureInputs, type ChosenModel, type Companions, type Faults, type JobInput, type PreparedJob } from '../../jobs/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { NO_COMPANIONS } from './image-job.js';
import type { Txt2ImgDto } from './image.dto.js';

export type ImageOperation = 'txt2img' | 'img2img' | 'inpaint' | 'outpaint';

/** Resolved: with a seed, and with the model it will be made with. */
export type ImageRequest<P extends Txt2ImgDto> = P & { seed: number; model: string };
export interface PreparedImage<P extends Txt2ImgDto> extends PreparedJob {
  parameters: ImageRequest<P>;
  entry: ChosenModel;
  companions: Companions;
}

/** What text-to-image and image-to-image have in common when a request comes in. */
@Injectable()
export class ImageRequests {
  constructor(
    private readonly models: ModelChoice,
    private readonly pictures: PictureInputs,
  ) {}

  /** Chooses the model, draws a seed and notes what the catalogue cannot serve. */
  async resolve<P extends Txt2ImgDto>(ctx: Ctx, operation: ImageOperation, p: P, inputs: JobInput[], faults: Faults): Promise<PreparedImage<P>> {
    const entry = await this.models.choose(ctx, operation, p.model ?? undefined, faults);
    const controls = await this.controlPictures(ctx, p, faults);
    const texts = [p.prompt, p.negativePrompt].filter((text) => typeof text === 'string');
    const companions = entry ? await this.models.companions(ctx, entry, { loras: p.loras, controlNets: p.controlNets, texts }, faults) : NO_COMPANIONS;
    return {
      parameters: { ...p, seed: p.seed ?? randomInt(PARAMETER_LIMITS.seedMax + 1), model: entry?.slug ?? '' },
      entry: entry!,
      companions,
      model: entry?.slug ?? '',
      simulated: entry?.simulated ?? false,
      inputs: [...inputs, ...controls],
      // The negative prompt says what must not be in the picture: there the very words of the rules belong.
      prompts: [{ pointer: '/prompt', text: p.prompt }],
      sides: [
        { pointer: '/width', pixels: p.width },
        { pointer: '/height', pixels: p.height },
      ],
    };
  }

  /** Pictures that guide, as inputs `control-0`, `control-1`, …. */
  private async controlPictures(ctx: Ctx, p: Txt2ImgDto, faults: Faults): Promise<JobInput[]> {
    const found: JobInput[] = [];
    for (const [i, { image }] of (Array.isArray(p.controlNets) ? p.controlNets : []).entries()) {
      if (faults.touch(`/controlNets/${i}`)) continue;
      const picture = await this.pictures.find(ctx, `controlNets/${i}/image`, image, faults);
      if (picture) found.push({ ...picture.input, name: `control-${i}` });
    }
    return found;
  }
}
