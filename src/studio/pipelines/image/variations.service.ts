import { Injectable } from '@nestjs/common';
import type { Ctx } from '../../../platform/context/index.js';
import type { IdempotencyClaim } from '../../../platform/http/index.js';
import { typeId } from '../../../platform/ids/index.js';
import { Assets } from '../../assets/index.js';
import { Faults, Jobs, readDto, type AcceptedJob } from '../../jobs/index.js';
import { VariationsBody } from './variations.dto.js';

/** What a picture was drawn by and a picture like it is drawn by too. Its control pictures are left out: they would hold it where it is. */
const KEPT = ['negativePrompt', 'steps', 'cfgScale', 'sampler', 'scheduler', 'model', 'loras'] as const;
const DRAWN: readonly unknown[] = ['txt2img', 'img2img', 'inpaint', 'outpaint'];

/** Pictures like one that is there: image-to-image by what made it. */
@Injectable()
export class Variations {
  constructor(
    private readonly assets: Assets,
    private readonly jobs: Jobs,
  ) {}

  /** @throws DomainError 404, 422 `/prompt` when neither the request nor the picture has words, and whatever image-to-image throws */
  async of(ctx: Ctx, id: string, body: unknown, claim: IdempotencyClaim, prefer?: string): Promise<AcceptedJob> {
    const faults = Faults.none();
    const { count, strength, prompt, seed, teamId, visibility } = readDto(VariationsBody, body ?? {}, faults);
    const made = (await this.assets.detail(ctx, id)).parameters;
    const words = prompt ?? made.prompt;
    if (!words && !faults.touch('/prompt'))
      faults.add('/prompt', { code: 'required', message: 'This picture was not made from words.', fix: 'Say in prompt what it shows.' });
    faults.throwIfAny();
    const kept = DRAWN.includes(made.operation) ? KEPT.filter((name) => made[name] !== undefined).map((name) => [name, made[name]]) : [];
    const request = { ...Object.fromEntries(kept), image: typeId('ast', id), prompt: words, strength, batchSize: count, seed, teamId, visibility };
    return this.jobs.run(ctx, 'img2img', Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined)), claim, prefer);
  }
}
