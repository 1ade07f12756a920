import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { noteOtherSize, PictureInputs, Pipeline, Pipelines, type Faults, type TaskPlan } from '../../jobs/index.js';
import { imagePrice, imageTasks } from './image-job.js';
import { ImageRequests, type PreparedImage } from './image-requests.service.js';
import { InpaintDto } from './image.dto.js';
import type { Size } from './picture-size.js';
import { PictureSizes } from './picture-sizes.service.js';

type Sized = InpaintDto & Size;

/** A part of a picture made anew. Outside the feathered mask nothing changes. */
@Injectable()
export class Inpaint extends Pipeline<InpaintDto, PreparedImage<Sized>> implements OnModuleInit {
  readonly operation = 'inpaint';
  readonly dto = InpaintDto;

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

  async resolve(ctx: Ctx, p: InpaintDto, faults: Faults): Promise<PreparedImage<Sized>> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    const mask = await this.pictures.find(ctx, 'mask', p.mask, faults);
    noteOtherSize('mask', picture, mask, faults);
    const sized = { ...p, ...(await this.sizes.like(ctx, picture, p)) };
    return this.requests.resolve(ctx, this.operation, sized, picture && mask ? [picture.input, mask.input] : [], faults);
  }

  price({ parameters, entry }: PreparedImage<Sized>): QuoteItem[] {
    return imagePrice(parameters, entry);
  }

  plan({ parameters, entry, companions, inputs }: PreparedImage<Sized>): TaskPlan[] {
    return imageTasks(this.operation, parameters, { entry, companions }, inputs, { feather: parameters.feather });
  }
}
