import { Injectable } from '@nestjs/common';
import { Assets, type AssetInput } from '../../assets/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { TenantTx } from '../../../platform/database/index.js';
import { isDomainError } from '../../../platform/errors/index.js';
import { parseId } from '../../../platform/ids/index.js';
import type { JobInput } from '../pipeline.port.js';
import type { Faults } from './faults.js';

/** A picture of a request: what the box needs, and its size in pixels as displayed. */
export type PictureInput = { input: JobInput } & Pick<AssetInput, 'width' | 'height'>;

/** Finds the pictures that a request names. What the caller may not see does not exist. */
@Injectable()
export class PictureInputs {
  constructor(
    private readonly tx: TenantTx,
    private readonly assets: Assets,
  ) {}

  /** The picture named by the field `name`, or null with a fault noted at its pointer. */
  async find(ctx: Ctx, name: string, assetId: unknown, faults: Faults): Promise<PictureInput | null> {
    const pointer = `/${name}`;
    if (faults.touch(pointer)) return null;
    try {
      const id = parseId('ast', assetId);
      const { width, height, ...input } = await this.tx.run(ctx, (em) => this.assets.inputOf(ctx, em, id));
      return { input: { name, ...input }, width, height };
    } catch (error) {
      if (!isDomainError(error) || error.kind !== 'not_found') throw error;
      faults.add(pointer, {
        code: 'not_found',
        message: 'There is no such picture, or it is not yours to see.',
        fix: 'Upload it first, and send the id of the asset.',
      });
      return null;
    }
  }
}

/** Notes at `name` that a picture that belongs to another one is not of its size. */
export function noteOtherSize(name: string, picture: PictureInput | null, other: PictureInput | null, faults: Faults): void {
  if (!picture || !other || (picture.width === other.width && picture.height === other.height)) return;
  faults.add(`/${name}`, {
    code: 'other_size',
    message: `${name} is ${other.width} × ${other.height}, the picture is ${picture.width} × ${picture.height}.`,
    fix: `Send a ${name} of the size of the picture.`,
  });
}
