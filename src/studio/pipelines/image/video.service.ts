import { randomInt } from 'node:crypto';
import { PARAMETER_LIMITS, type TaskParameters } from '@atelier/contracts';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { framesBegun, type QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { ModelChoice, PictureInputs, Pipeline, Pipelines, type ChosenModel, type Faults, type PreparedJob, type TaskPlan } from '../../jobs/index.js';
import { imagePrice, imageTasks, NO_COMPANIONS, workOf } from './image-job.js';
import { Txt2ImgDto, VideoDto } from './image.dto.js';
import type { Size } from './picture-size.js';
import { PictureSizes } from './picture-sizes.service.js';

type Resolved = VideoDto & Size & { seed: number; model: string };
interface PreparedVideo extends PreparedJob {
  parameters: Resolved;
  entry: ChosenModel;
  /** Makes the first frame when no picture was given. */
  keyframe: ChosenModel | null;
}

/** A clip from a picture; from words alone, by way of a first frame. */
@Injectable()
export class Video extends Pipeline<VideoDto, PreparedVideo> implements OnModuleInit {
  readonly operation = 'video';
  readonly dto = VideoDto;
  override readonly results = ['video'] as const;

  constructor(
    private readonly pipelines: Pipelines,
    private readonly models: ModelChoice,
    private readonly pictures: PictureInputs,
    private readonly sizes: PictureSizes,
  ) {
    super();
  }

  onModuleInit(): void {
    this.pipelines.register(this);
  }

  async resolve(ctx: Ctx, p: VideoDto, faults: Faults): Promise<PreparedVideo> {
    const words = p.prompt?.trim() ? p.prompt : undefined;
    const picture = p.image ? await this.pictures.find(ctx, 'image', p.image, faults) : null;
    if (!p.image && !words && !faults.touch('/prompt') && !faults.touch('/image'))
      faults.add('/prompt', { code: 'required', message: 'A video needs a prompt, a picture, or both.', fix: 'Add prompt or image.' });
    const size = await this.sizes.like(ctx, picture, p);
    const entry = await this.models.choose(ctx, this.operation, p.model ?? undefined, faults);
    const keyframe = p.image ? null : await this.models.choose(ctx, 'txt2img', undefined, faults);
    return {
      parameters: { ...p, ...size, seed: p.seed ?? randomInt(PARAMETER_LIMITS.seedMax + 1), model: entry?.slug ?? '' },
      entry: entry!,
      keyframe,
      model: entry?.slug ?? '',
      simulated: entry?.simulated || keyframe?.simulated || false,
      inputs: picture ? [picture.input] : [],
      prompts: words ? [{ pointer: '/prompt', text: words }] : [],
      sides: [
        { pointer: '/width', pixels: size.width },
        { pointer: '/height', pixels: size.height },
      ],
    };
  }

  price({ parameters, keyframe }: PreparedVideo): QuoteItem[] {
    const clip: QuoteItem = { code: 'unit', unit: 'video_frames_25', quantity: framesBegun(parameters.frames) };
    return keyframe ? [...imagePrice(stillOf(parameters), keyframe), clip] : [clip];
  }

  plan({ parameters, entry, keyframe, inputs }: PreparedVideo): TaskPlan[] {
    const { width, height, frames, fps, motionBucket, steps, cfgScale, seed, negativePrompt } = parameters;
    const task: TaskParameters['video'] = {
      prompt: parameters.prompt ?? '',
      ...{ negativePrompt, width, height, frames, fps, motionBucket, steps, cfgScale, seed },
      model: entry.slug,
      family: entry.family,
    };
    const { engine, weights, base, vramMb, gpuClasses } = entry;
    const clip = { engine, weights, base, vramMb, gpuClasses, kind: 'video' as const, parameters: task, estimateUnits: workOf(parameters) * frames };
    if (!keyframe) return [{ ...clip, inputs, state: 'ready' }];
    const [still] = imageTasks('txt2img', stillOf(parameters), { entry: keyframe, companions: NO_COMPANIONS }, []);
    return [still!, { ...clip, inputs: [], uses: [{ name: 'image', from: 0, slot: 'image' }], state: 'blocked' }];
  }
}

/** The request for the first frame, by the defaults of pictures. */
function stillOf({ prompt, negativePrompt, width, height, seed }: Resolved): Txt2ImgDto & { seed: number } {
  return Object.assign(new Txt2ImgDto(), { prompt: prompt ?? '', negativePrompt, width, height, seed });
}
