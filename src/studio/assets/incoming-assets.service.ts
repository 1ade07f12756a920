import { Inject, Injectable } from '@nestjs/common';
import { createReadStream } from 'node:fs';
import type { EntityManager } from 'typeorm';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { newId } from '../../platform/ids/index.js';
import { Storage } from '../../platform/storage/index.js';
import type { AssetRow, NewAsset } from './asset.entity.js';
import { assetView } from './asset-view.js';
import type { AssetView } from './assets.dto.js';
import { findAssets, insertAssets } from './assets.repository.js';
import type { CheckedFile } from './file-intake.service.js';
import { assetKey } from './storage-keys.js';

export interface Origin {
  filename: string | null;
  purpose: string;
}

/** Runs in the writing transaction, so that a file becomes one asset however often somebody asks for it. */
export interface Claim {
  /** The id of the asset that the file has become already; then that one is shown, and our copy of the bytes removed. */
  before(em: EntityManager): Promise<string | null>;
  after(em: EntityManager, assetId: string): Promise<void>;
}

/** Makes an asset of a checked file: its bytes get a key that no client ever held an address for, then its row is written. */
@Injectable()
export class IncomingAssets {
  constructor(
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    private readonly tx: TenantTx,
    private readonly storage: Storage,
  ) {}

  async keep(ctx: Ctx, file: CheckedFile, origin: Origin, claim?: Claim): Promise<AssetView> {
    const id = newId();
    const storageKey = assetKey(ctx.tenantId, id);
    await this.storage.put(storageKey, createReadStream(file.path), { contentType: file.contentType });
    const row = await this.tx.run(ctx, async (em) => {
      const existing = await claim?.before(em);
      if (!existing) {
        await insertAssets(em, ctx.tenantId, [newAsset(ctx, id, storageKey, file, origin)]);
        await claim?.after(em, id);
      }
      return (await findAssets(em, [existing ?? id]))[0]!;
    });
    if (row.id !== id) await this.storage.delete([storageKey]);
    return this.view(row);
  }

  get publicUrl(): string {
    return this.core.publicUrl;
  }

  view(row: AssetRow): AssetView {
    return assetView(row, 'content', this.core.publicUrl);
  }
}

const newAsset = (ctx: Ctx, id: string, storageKey: string, file: CheckedFile, origin: Origin): NewAsset => ({
  id,
  storageKey,
  ownerId: actorId(ctx),
  teamId: ctx.teamId ?? null,
  visibility: 'private',
  type: file.film ? 'video' : 'image',
  contentType: file.contentType,
  bytes: file.bytes,
  sha256: file.sha256,
  width: file.width,
  height: file.height,
  jobId: null,
  taskId: null,
  slot: null,
  simulated: false,
  prompt: null,
  parameters: {},
  metadata: { purpose: origin.purpose, ...(file.embedded && { embedded: file.embedded }), ...(file.film && { film: file.film }) },
  filename: origin.filename,
  parents: [],
});
