import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { Pipeline, Pipelines, type Faults, type TaskPlan } from '../../jobs/index.js';
import { imagePrice, imageTasks } from './image-job.js';
import { ImageRequests, type PreparedImage } from './image-requests.service.js';
import { Txt2ImgDto } from './image.dto.js';

/** Pictures from words. */
@Injectable()
export class Txt2Img extends Pipeline<Txt2ImgDto, PreparedImage<Txt2ImgDto>> implements OnModuleInit {
  readonly operation = 'txt2img';
  readonly dto = Txt2ImgDto;

  constructor(
    private readonly pipelines: Pipelines,
    private readonly requests: ImageRequests,
  ) {
    super();
  }

  onModuleInit(): void {
    this.pipelines.register(this);
  }

  resolve(ctx: Ctx, p: Txt2ImgDto, faults: Faults): Promise<PreparedImage<Txt2ImgDto>> {
    return this.requests.resolve(ctx, this.operation, p, [], faults);
  }

  price({ parameters, entry }: PreparedImage<Txt2ImgDto>): QuoteItem[] {
    return imagePrice(parameters, entry);
  }

  plan({ parameters, entry, companions, inputs }: PreparedImage<Txt2ImgDto>): TaskPlan[] {
    return imageTasks(this.operation, parameters, { entry, companions }, inputs);
  }
}
