import type { JobOutputView, Visibility } from '@atelier/contracts';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Audit } from '../../accounts/audit/index.js';
import { coreConfig, type ConfigOf } from '../../platform/config/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { invalid, notFound } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page } from '../../platform/http/index.js';
import { newId, parseId, typeId } from '../../platform/ids/index.js';
import { Outbox } from '../../platform/outbox/index.js';
import { AssetCosts } from './asset-costs.service.js';
import type { AssetRow, Parent, RelativeRow } from './asset.entity.js';
import { accessTo, administers, mayManage, mayShow, type Access } from './asset.policy.js';
import { assetView, contentUrl, thumbnailUrl } from './asset-view.js';
import type { AssetDetail, AssetPage, AssetQuery, AssetRelative, AssetView, ReportBody, ReportView } from './assets.dto.js';
import { assetPinned, notYours } from './assets.errors.js';
import * as repository from './assets.repository.js';
import type { FilmFacts } from './film-facts.js';
import type { Pin } from './pin.js';

const CHILDREN_SHOWN = 50;

/** A file that a job delivered. */
export interface OutputAsset {
  id: string;
  jobId: string;
  taskId: string;
  slot: string;
  key: string;
  sha256: string;
  bytes: number;
  contentType: string;
  width: number | null;
  height: number | null;
  ownerId: string;
  teamId: string | null;
  visibility: Visibility;
  simulated: boolean;
  prompt: string | null;
  parameters: Record<string, unknown>;
  metadata: Record<string, unknown>;
  parents: Parent[];
}
/** What a box needs to fetch an asset, and a price to be computed from it. */
export interface AssetInput {
  assetId: string;
  key: string;
  sha256: string;
  bytes: number;
  contentType: string;
  /** Pixels as displayed. */
  width: number;
  height: number;
}

@Injectable()
export class Assets {
  constructor(
    @Inject(coreConfig.token) private readonly core: ConfigOf<typeof coreConfig>,
    private readonly tx: TenantTx,
    private readonly audit: Audit,
    private readonly outbox: Outbox,
    private readonly costs: AssetCosts,
  ) {}

  async list(ctx: Ctx, query: AssetQuery): Promise<AssetPage> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const filter = {
      viewer: { userId: actorId(ctx), teamId: ctx.teamId ?? null, administers: administers(ctx) },
      scope: query.scope,
      type: query.type,
      jobId: query.jobId === undefined ? undefined : parseId('job', query.jobId),
      source: query.source,
      q: query.q?.trim() || undefined,
      after,
      limit: query.limit,
    };
    const found = await this.tx.run(ctx, (em) => repository.listAssets(em, filter));
    const shown = page(found, query.limit, (row) => encodeCursor(row.createdKey, row.id));
    return { ...shown, data: shown.data.map((row) => assetView(row, accessTo(ctx, row), this.core.publicUrl)) };
  }

  async detail(ctx: Ctx, id: string): Promise<AssetDetail> {
    const { row, access, parents, children } = await this.tx.run(ctx, async (em) => {
      const seen = await this.visible(em, ctx, id);
      if (seen.access === 'override') await this.audit.record(em, ctx, { action: 'asset.read', target: typeId('ast', id) });
      return { ...seen, ...(await repository.relatives(em, id, CHILDREN_SHOWN)) };
    });
    const opened = access !== 'metadata';
    const relative = (r: RelativeRow): AssetRelative => ({
      id: typeId('ast', r.id),
      relation: r.relation,
      deleted: r.deleted,
      thumbnailUrl: r.deleted ? null : thumbnailUrl(this.core.publicUrl, r),
    });
    const seenToo = (r: RelativeRow): boolean => accessTo(ctx, r) !== 'none';
    return {
      ...assetView(row, access, this.core.publicUrl, opened),
      parameters: opened ? row.parameters : {},
      metadata: opened ? row.metadata : {},
      lineage: { parents: parents.filter(seenToo).map(relative), children: children.filter(seenToo).map(relative) },
      cost: row.jobId ? await this.costs.ofJob(ctx, row.jobId) : null,
    };
  }

  async setVisibility(ctx: Ctx, id: string, visibility: Visibility): Promise<AssetView> {
    const after = await this.tx.run(ctx, async (em) => {
      const { row, access } = await this.managed(em, ctx, id, mayShow, 'change who sees it');
      const teamId = row.teamId ?? ctx.teamId ?? null;
      if (visibility === 'team' && !teamId)
        throw invalid([
          {
            pointer: '/visibility',
            code: 'no_team',
            message: 'The asset belongs to no team and neither do you.',
            fix: 'Choose private or tenant, or join a team first.',
          },
        ]);
      await repository.updateVisibility(em, id, visibility, teamId);
      await this.audit.record(em, ctx, {
        action: 'asset.visibility_changed',
        target: typeId('ast', id),
        before: { visibility: row.visibility },
        after: { visibility },
      });
      return { row: { ...row, visibility, teamId }, access };
    });
    return assetView(after.row, accessTo(ctx, after.row), this.core.publicUrl);
  }

  /** @throws DomainError 409 `asset_pinned` while something uses it */
  async remove(ctx: Ctx, id: string): Promise<void> {
    await this.tx.run(ctx, async (em) => {
      await this.managed(em, ctx, id, mayManage, 'delete it');
      const pins = await repository.pinsOf(em, id);
      if (pins.length > 0) throw assetPinned(pins.map((p) => ({ kind: p.holderKind, id: p.holderKind === 'job' ? typeId('job', p.holderId) : p.holderId })));
      await repository.markDeleted(em, id);
      await this.audit.record(em, ctx, { action: 'asset.deleted', target: typeId('ast', id) });
      await this.outbox.emit(em, ctx.tenantId, 'asset.deleted', { assetId: id });
    });
  }

  async report(ctx: Ctx, id: string, body: ReportBody): Promise<ReportView> {
    const createdAt = await this.tx.run(ctx, async (em) => {
      await this.visible(em, ctx, id);
      await this.audit.record(em, ctx, { action: 'asset.reported', target: typeId('ast', id), after: { reason: body.reason } });
      return repository.insertReport(em, ctx.tenantId, {
        id: newId(),
        assetId: id,
        reporterId: actorId(ctx),
        reason: body.reason,
        details: body.details?.trim() || null,
      });
    });
    return { assetId: typeId('ast', id), reason: body.reason, createdAt: createdAt.toISOString() };
  }

  /**
   * The pictures that a job wants to read, in the order asked for. Only what the caller may open without the audited right counts; everything
   * else is 404, as is a film or a picture of unknown size.
   */
  async inputsOf(ctx: Ctx, em: EntityManager, assetIds: readonly string[]): Promise<AssetInput[]> {
    const found = new Map((await repository.findAssets(em, assetIds)).map((row) => [row.id, row]));
    return assetIds.map((id) => {
      const row = found.get(id);
      if (!row || row.deleted || accessTo(ctx, row) !== 'content' || row.type !== 'image' || !row.width || !row.height) throw notFound('ast');
      return { assetId: id, key: row.storageKey, sha256: row.sha256, bytes: row.bytes, contentType: row.contentType, width: row.width, height: row.height };
    });
  }

  async inputOf(ctx: Ctx, em: EntityManager, assetId: string): Promise<AssetInput> {
    return (await this.inputsOf(ctx, em, [assetId]))[0]!;
  }

  /** The same of a film whose measures are known. */
  async filmOf(ctx: Ctx, em: EntityManager, assetId: string): Promise<AssetInput & { film: FilmFacts }> {
    const [row] = await repository.findAssets(em, [assetId]);
    const film = row?.metadata.film as FilmFacts | undefined;
    if (!row || row.deleted || accessTo(ctx, row) !== 'content' || row.type !== 'video' || !row.width || !row.height || !film) throw notFound('ast');
    const { storageKey: key, sha256, bytes, contentType, width, height } = row;
    return { assetId, key, sha256, bytes, contentType, width, height, film };
  }

  /** One statement. A second delivery of the same task and slot fails and rolls the caller's transaction back. */
  async createFromOutputs(em: EntityManager, tenantId: string, outputs: readonly OutputAsset[]): Promise<void> {
    if (outputs.length === 0) return;
    const assets = outputs.map(({ key, ...o }) => ({
      ...o,
      storageKey: key,
      type: o.contentType.startsWith('video/') ? ('video' as const) : ('image' as const),
      filename: null,
    }));
    await repository.insertAssets(em, tenantId, assets);
  }

  /** Delivered files as events and job views show them, in the order asked for; deleted ones are left out. */
  async outputViews(em: EntityManager, assetIds: readonly string[]): Promise<JobOutputView[]> {
    const found = new Map((await repository.findAssets(em, assetIds)).map((row) => [row.id, row]));
    return assetIds.flatMap((id) => {
      const row = found.get(id);
      return row && !row.deleted ? [{ assetId: typeId('ast', id), type: row.type, url: this.contentUrl(id), width: row.width, height: row.height }] : [];
    });
  }

  /** Absolute address under which the asset's content answers those who may see it. */
  contentUrl(assetId: string): string {
    return contentUrl(this.core.publicUrl, assetId);
  }

  /** Keeps assets from being deleted while a holder needs them. @throws DomainError 404 when one was deleted meanwhile */
  async pinMany(em: EntityManager, tenantId: string, pins: readonly Pin[]): Promise<void> {
    if (pins.length === 0) return;
    const found = await repository.insertPins(em, tenantId, pins);
    if (pins.some((p) => !found.has(p.assetId))) throw notFound('ast');
  }

  async unpin(em: EntityManager, holderKind: string, holderIds: readonly string[]): Promise<void> {
    await repository.deletePins(em, holderKind, holderIds);
  }

  private async visible(em: EntityManager, ctx: Ctx, id: string): Promise<{ row: AssetRow; access: Access }> {
    const [row] = await repository.findAssets(em, [id]);
    return this.seen(ctx, row);
  }

  private async managed(em: EntityManager, ctx: Ctx, id: string, may: typeof mayManage, what: string): Promise<{ row: AssetRow; access: Access }> {
    const seen = this.seen(ctx, (await repository.lockAsset(em, id)) ?? undefined);
    if (!may(ctx, seen.row)) throw notYours(what);
    return seen;
  }

  private seen(ctx: Ctx, row: AssetRow | undefined): { row: AssetRow; access: Access } {
    const access = row && !row.deleted ? accessTo(ctx, row) : 'none';
    if (!row || access === 'none') throw notFound('ast');
    return { row, access };
  }
}
