import { PARAMETER_LIMITS } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { Plans } from '../../../billing/plans/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { fittedSize, type Size } from './picture-size.js';

/** The size of a result for which none was asked. */
@Injectable()
export class PictureSizes {
  constructor(private readonly plans: Plans) {}

  /** Of `picture`, as near as engine and plan allow; a side that was asked for stays. */
  async like(ctx: Ctx, picture: Size | null, asked: { width?: number | null; height?: number | null }): Promise<Size> {
    const { limits } = await this.plans.of(ctx);
    return fittedSize(picture, asked, Math.min(limits.sideMax ?? PARAMETER_LIMITS.sideMax, PARAMETER_LIMITS.sideMax));
  }
}
