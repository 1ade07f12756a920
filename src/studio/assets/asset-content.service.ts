import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { invalid, notFound } from '../../platform/errors/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Storage } from '../../platform/storage/index.js';
import type { AssetRow } from './asset.entity.js';
import { accessTo } from './asset.policy.js';
import type { ContentQuery } from './assets.dto.js';
import { contentNotYours } from './assets.errors.js';
import { findAssets } from './assets.repository.js';
import { downloadName } from './filename.js';
import { Renditions } from './renditions.service.js';

/** Seconds for which a signed address holds: long enough to open it, too short to be passed around. */
const ADDRESS_SECONDS = 300;

/** Who may open which file, and where it lies. */
@Injectable()
export class AssetContent {
  constructor(
    private readonly tx: TenantTx,
    private readonly audit: Audit,
    private readonly storage: Storage,
    private readonly renditions: Renditions,
  ) {}

  /** A signed address of the file, or of the rendition asked for. */
  async address(ctx: Ctx, id: string, query: ContentQuery): Promise<string> {
    const asset = await this.opened(ctx, id);
    const { key, contentType } = await this.rendition(ctx, asset, query);
    return this.storage.signGet(key, {
      expiresSeconds: ADDRESS_SECONDS,
      contentType,
      ...(query.download && { downloadName: downloadName(asset.filename, typeId('ast', id), contentType) }),
    });
  }

  private opened(ctx: Ctx, id: string): Promise<AssetRow> {
    return this.tx.run(ctx, async (em) => {
      const [row] = await findAssets(em, [id]);
      const access = row && !row.deleted ? accessTo(ctx, row) : 'none';
      if (!row || access === 'none') throw notFound('ast');
      if (access === 'metadata') throw contentNotYours();
      if (access === 'override') await this.audit.record(em, ctx, { action: 'asset.content_read', target: typeId('ast', id) });
      return row;
    });
  }

  private async rendition(ctx: Ctx, asset: AssetRow, query: ContentQuery): Promise<{ key: string; contentType: string }> {
    if (asset.type !== 'image' && query.metadata === 'strip') {
      throw invalid([
        {
          pointer: '/metadata',
          code: 'pictures_only',
          message: 'Only pictures have copies without metadata.',
          fix: 'Ask for the content without this parameter.',
        },
      ]);
    }
    // A thumbnail carries no metadata anyway.
    if (query.size) return { key: await this.renditions.thumbnail(ctx.tenantId, asset, query.size), contentType: 'image/webp' };
    if (query.metadata === 'strip') return { key: await this.renditions.plain(ctx.tenantId, asset), contentType: asset.contentType };
    return { key: asset.storageKey, contentType: asset.contentType };
  }
}
