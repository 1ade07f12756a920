import type { WeightsRef } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { Storage } from '../../platform/storage/index.js';
import { Thermal } from '../thermal/index.js';
import type { CallingBox } from './box.js';

/** Time to fetch a large file over a slow line. */
const HINT_SECONDS = 3600;

/** What an idle box may fetch ahead, with signed addresses. */
@Injectable()
export class Preloads {
  constructor(
    private readonly thermal: Thermal,
    private readonly storage: Storage,
  ) {}

  async hints(box: CallingBox): Promise<WeightsRef[]> {
    const hints = await this.thermal.hintsFor(box);
    return Promise.all(hints.map(async ({ key, ...ref }) => ({ ...ref, url: await this.storage.signGet(key, { expiresSeconds: HINT_SECONDS }) })));
  }
}
