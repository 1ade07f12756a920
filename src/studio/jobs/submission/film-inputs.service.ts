import { Injectable } from '@nestjs/common';
import { TenantTx } from '../../../platform/database/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { isDomainError } from '../../../platform/errors/index.js';
import { parseId } from '../../../platform/ids/index.js';
import { Assets, type FilmFacts } from '../../assets/index.js';
import type { JobInput } from '../pipeline.port.js';
import type { Faults } from './faults.js';

/** A film of a request, with its measures. */
export type FilmInput = { input: JobInput; width: number; height: number } & FilmFacts;

/** Finds the films that a request names. What the caller may not see does not exist. */
@Injectable()
export class FilmInputs {
  constructor(
    private readonly tx: TenantTx,
    private readonly assets: Assets,
  ) {}

  /** The film named by the field `name`, or null with a fault noted at its pointer. */
  async find(ctx: Ctx, name: string, assetId: unknown, faults: Faults): Promise<FilmInput | null> {
    const pointer = `/${name}`;
    if (faults.touch(pointer)) return null;
    try {
      const id = parseId('ast', assetId);
      const { width, height, film, ...input } = await this.tx.run(ctx, (em) => this.assets.filmOf(ctx, em, id));
      return { input: { name, ...input }, width, height, ...film };
    } catch (error) {
      if (!isDomainError(error) || error.kind !== 'not_found') throw error;
      faults.add(pointer, {
        code: 'not_found',
        message: 'There is no such video, or it is not yours to see.',
        fix: 'Upload it first (MP4 or WebM), and send the id of the asset.',
      });
      return null;
    }
  }
}
