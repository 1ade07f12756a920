import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { isDomainError, notFound } from '../../platform/errors/index.js';
import { newId } from '../../platform/ids/index.js';
import { Storage } from '../../platform/storage/index.js';
import { Entries, maySee } from './entries.service.js';
import { noPicture, previewTooLarge } from './models.errors.js';
import { findModel, setPreview } from './models.repository.js';
import { drawPreview, PREVIEW_BYTES_MAX, PREVIEW_TYPE, previewKey } from './preview.js';

const ADDRESS_SECONDS = 300;

/** Pictures that show what a tenant's model does. */
@Injectable()
export class Previews {
  constructor(
    private readonly tx: TenantTx,
    private readonly storage: Storage,
    private readonly entries: Entries,
  ) {}

  /** The picture in the body takes the place of the one before. @throws DomainError 404, 403, 413, 422 `no_picture` */
  async put(ctx: Ctx, id: string, request: IncomingMessage): Promise<void> {
    await this.tx.run(ctx, (em) => this.entries.managed(em, ctx, id));
    const picture = await drawPreview(await read(request)).catch((error: unknown) => {
      throw isDomainError(error) ? error : noPicture(error);
    });
    const key = previewKey(ctx.tenantId, id, newId());
    await this.storage.put(key, picture, { contentType: PREVIEW_TYPE });
    const before = await this.tx.run(ctx, async (em) => {
      const row = await this.entries.managed(em, ctx, id);
      await setPreview(em, id, key);
      return row.previewKey;
    });
    if (before) await this.storage.delete([before]);
  }

  /** A signed address. @throws DomainError 404, also for a model without a picture */
  async address(ctx: Ctx, id: string): Promise<string> {
    const row = await this.tx.run(ctx, (em) => findModel(em, id));
    if (!row?.previewKey || !maySee(ctx, row)) throw notFound('mdl');
    return this.storage.signGet(row.previewKey, { expiresSeconds: ADDRESS_SECONDS, contentType: PREVIEW_TYPE });
  }
}

async function read(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > PREVIEW_BYTES_MAX) throw previewTooLarge(PREVIEW_BYTES_MAX);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
