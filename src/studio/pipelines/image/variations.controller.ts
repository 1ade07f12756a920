import { Body, Controller, Headers, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Ctx } from '../../../platform/context/index.js';
import { Context, Idem, IdParam, Requires, SpendsMoney, type IdempotencyClaim } from '../../../platform/http/index.js';
import { AcceptsJob, type AcceptedJob } from '../../jobs/index.js';
import { VariationsBody } from './variations.dto.js';
import { Variations } from './variations.service.js';

@ApiTags('assets')
@Controller('assets')
export class VariationsController {
  constructor(private readonly variations: Variations) {}

  @Post(':id/variations')
  @Requires('job:create')
  @SpendsMoney()
  @AcceptsJob('varyAsset', 'Make pictures like this one', VariationsBody)
  vary(
    @Context() ctx: Ctx,
    @IdParam('ast', 'id') id: string,
    @Body() body: unknown,
    @Idem() idem: IdempotencyClaim,
    @Headers('prefer') prefer?: string,
  ): Promise<AcceptedJob> {
    return this.variations.of(ctx, id, body, idem, prefer);
  }
}
