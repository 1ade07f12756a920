import type { UploadGrant, UploadWish } from '@atelier/contracts';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigOf } from '../../platform/config/index.js';
import { Storage } from '../../platform/storage/index.js';
import { fleetConfig } from '../pools/index.js';
import { outputTooLarge } from './boxes.errors.js';
import { outputKey, type OutputOwner } from './output-key.js';

/** Time to upload one output. */
const GRANT_SECONDS = 600;

/** Signed PUT addresses, each bound to one attempt, size, digest and type. */
@Injectable()
export class UploadGrants {
  constructor(
    private readonly storage: Storage,
    @Inject(fleetConfig.token) private readonly config: ConfigOf<typeof fleetConfig>,
  ) {}

  /** @throws DomainError `output_too_large` (413) */
  grant(owner: OutputOwner, wishes: readonly UploadWish[]): Promise<UploadGrant[]> {
    return Promise.all(
      wishes.map(async (wish) => {
        if (wish.bytes > this.config.outputMaxBytes) throw outputTooLarge(wish.bytes, this.config.outputMaxBytes);
        const { slot, bytes, sha256, contentType } = wish;
        const key = outputKey(owner, wish);
        return { slot, key, ...(await this.storage.signPut(key, { expiresSeconds: GRANT_SECONDS, bytes, sha256, contentType })) };
      }),
    );
  }
}
