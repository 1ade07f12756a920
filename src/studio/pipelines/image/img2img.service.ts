import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { PictureInputs, Pipeline, Pipelines, type Faults, type TaskPlan } from '../../jobs/index.js';
import { imagePrice, imageTasks } from './image-job.js';
import { ImageRequests, type PreparedImage } from './image-requests.service.js';
import { Img2ImgDto } from './image.dto.js';
import type { Size } from './picture-size.js';
import { PictureSizes } from './picture-sizes.service.js';

type Sized = Img2ImgDto & Size;

/** Pictures from a picture and words. */
@Injectable()
export class Img2Img extends Pipeline<Img2ImgDto, PreparedImage<Sized>> implements OnModuleInit {
  readonly operation = 'img2img';
  readonly dto = Img2ImgDto;

  constructor(
    private readonly pipelines: Pipelines,
    private readonly requests: ImageRequests,
    private readonly pictures: PictureInputs,
    private readonly sizes: PictureSizes,
  ) {
    super();
  }

  onModuleInit(): void {
    this.pipelines.register(this);
  }

  async resolve(ctx: Ctx, p: Img2ImgDto, faults: Faults): Promise<PreparedImage<Sized>> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    const sized = { ...p, ...(await this.sizes.like(ctx, picture, p)) };
    return this.requests.resolve(ctx, this.operation, sized, picture ? [picture.input] : [], faults);
  }

  price({ parameters, entry }: PreparedImage<Sized>): QuoteItem[] {
    return imagePrice(parameters, entry);
  }

  plan({ parameters, entry, companions, inputs }: PreparedImage<Sized>): TaskPlan[] {
    return imageTasks(this.operation, parameters, { entry, companions }, inputs);
  }
}
