import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { PictureInputs, Pipeline, Pipelines, type Faults, type TaskPlan } from '../../jobs/index.js';
import { imagePrice, imageTasks } from './image-job.js';
import { ImageRequests, type PreparedImage } from './image-requests.service.js';
import { Img2ImgDto } from './image.dto.js';

/** Pictures from a picture and words. */
@Injectable()
export class Img2Img extends Pipeline<Img2ImgDto, PreparedImage<Img2ImgDto>> implements OnModuleInit {
  readonly operation = 'img2img';
  readonly dto = Img2ImgDto;

  constructor(
    private readonly pipelines: Pipelines,
    private readonly requests: ImageRequests,
    private readonly pictures: PictureInputs,
  ) {
    super();
  }

  onModuleInit(): void {
    this.pipelines.register(this);
  }

  async resolve(ctx: Ctx, p: Img2ImgDto, faults: Faults): Promise<PreparedImage<Img2ImgDto>> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    return this.requests.resolve(this.operation, p, picture ? [picture.input] : [], faults);
  }

  price({ parameters, entry }: PreparedImage<Img2ImgDto>): QuoteItem[] {
    return imagePrice(parameters, entry);
  }

  plan({ parameters, entry, inputs }: PreparedImage<Img2ImgDto>): TaskPlan[] {
    return imageTasks(this.operation, parameters, entry, inputs);
  }
}
