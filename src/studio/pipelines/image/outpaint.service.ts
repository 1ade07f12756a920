import { PARAMETER_LIMITS } from '@atelier/contracts';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { PictureInputs, Pipeline, Pipelines, type Faults, type TaskPlan } from '../../jobs/index.js';
import { imagePrice, imageTasks } from './image-job.js';
import { ImageRequests, type PreparedImage } from './image-requests.service.js';
import { OutpaintDto } from './image.dto.js';
import type { Size } from './picture-size.js';

type Sized = OutpaintDto & Size;

/** A picture continued beyond its edges. Right and bottom grow by up to 7 pixels, so that the sides are multiples of 8. */
@Injectable()
export class Outpaint extends Pipeline<OutpaintDto, PreparedImage<Sized>> implements OnModuleInit {
  readonly operation = 'outpaint';
  readonly dto = OutpaintDto;

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

  async resolve(ctx: Ctx, p: OutpaintDto, faults: Faults): Promise<PreparedImage<Sized>> {
    const picture = await this.pictures.find(ctx, 'image', p.image, faults);
    const sized = { ...p, ...outside(picture ?? { width: 0, height: 0 }, p) };
    if (!['left', 'top', 'right', 'bottom'].some((name) => faults.touch(`/${name}`))) {
      const { sideMax } = PARAMETER_LIMITS;
      if (p.left + p.top + p.right + p.bottom === 0)
        faults.add('/left', {
          code: 'nothing_added',
          message: 'No side of the picture is continued.',
          fix: 'Give at least one of left, top, right and bottom.',
        });
      else if (Math.max(sized.width, sized.height) > sideMax)
        faults.add('/left', {
          code: 'too_large',
          message: `The result would be ${sized.width} × ${sized.height}; ${sideMax} pixels a side are the most.`,
          fix: 'Add less, or choose a smaller picture.',
        });
    }
    return this.requests.resolve(ctx, this.operation, sized, picture ? [picture.input] : [], faults);
  }

  price({ parameters, entry }: PreparedImage<Sized>): QuoteItem[] {
    return imagePrice(parameters, entry);
  }

  plan({ parameters, entry, companions, inputs }: PreparedImage<Sized>): TaskPlan[] {
    return imageTasks(this.operation, parameters, { entry, companions }, inputs, pick(parameters));
  }
}

const pick = ({ left, top, right, bottom, feather }: Sized): object => ({ left, top, right, bottom, feather });

type Sides = Pick<OutpaintDto, 'left' | 'top' | 'right' | 'bottom'>;

function outside({ width, height }: Size, { left, top, right, bottom }: Sides): Size & Sides {
  const full = (pixels: number): number => Math.ceil(pixels / PARAMETER_LIMITS.sideMultiple) * PARAMETER_LIMITS.sideMultiple;
  const size = { width: full(left + width + right), height: full(top + height + bottom) };
  return { ...size, left, top, right: size.width - width - left, bottom: size.height - height - top };
}
