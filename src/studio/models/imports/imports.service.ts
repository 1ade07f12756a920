import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ConfigOf } from '../../../platform/config/index.js';
import { actorId, type Ctx } from '../../../platform/context/index.js';
import { onCommit, TenantTx } from '../../../platform/database/index.js';
import { invalid, notFound } from '../../../platform/errors/index.js';
import { newId, parseId } from '../../../platform/ids/index.js';
import { SafeFetch } from '../../../platform/safe-fetch/index.js';
import { CATALOGUE } from '../catalogue.js';
import { maySee } from '../entries.service.js';
import { importOver, modelTooLarge, notYourModel, partsMissing, tooManyImports } from '../models.errors.js';
import { ModelQuota } from '../model-quota.service.js';
import { countImports, lockModel, lockModels } from '../models.repository.js';
import { modelsConfig } from '../settings.js';
import { isOver, type ImportRow, type ImportWish } from './import.entity.js';
import { importView, partCountOf } from './import-view.js';
import type { BeginUploadBody, CatalogueFileBody, ImportUrlBody, ImportView, ImportWishDto } from './imports.dto.js';
import { findImport, insertImport, listImports, lockImport, setStage } from './imports.repository.js';
import { ImportWork } from './import-work.service.js';

const LISTED = 100;
/** Of one tenant, on their way at once. */
const LIVE_MAX = 10;

/** Files of weights on their way in, as people begin, follow and end them. */
@Injectable()
export class Imports {
  constructor(
    @Inject(modelsConfig.token) private readonly settings: ConfigOf<typeof modelsConfig>,
    private readonly tx: TenantTx,
    private readonly quota: ModelQuota,
    private readonly fetcher: SafeFetch,
    private readonly work: ImportWork,
  ) {}

  /** @throws DomainError 403 `plan_required`, 404, 413 `model_too_large` */
  async upload(ctx: Ctx, body: BeginUploadBody): Promise<ImportView> {
    if (body.size > this.settings.maxBytes) throw modelTooLarge(this.settings.maxBytes);
    const { filename, size, sha256 = null, ...wish } = body;
    return this.begin(ctx, wishOf(wish), { filename: nameOf(filename), bytes: size, sha256, url: null });
  }

  /** @throws DomainError 422 `fetch_…` for an address that is never fetched */
  async fetch(ctx: Ctx, body: ImportUrlBody): Promise<ImportView> {
    const { url, sha256 = null, ...wish } = body;
    const address = this.fetcher.parse(url);
    return this.begin(ctx, wishOf(wish), { filename: nameOf(decoded(address.pathname.split('/').at(-1) ?? '')), bytes: null, sha256, url });
  }

  /** A file of the catalogue, by an operator. @throws DomainError 404 for a model, 422 for a file that the catalogue does not know */
  async forCatalogue(ctx: Ctx, slug: string, body: CatalogueFileBody): Promise<ImportView> {
    const entry = CATALOGUE.find((known) => known.slug === slug);
    if (!entry) throw notFound('mdl');
    if (!entry.files.some(({ name }) => name === body.file))
      throw invalid([
        {
          pointer: '/file',
          code: 'unknown_file',
          message: `${entry.name} has no file ${body.file}.`,
          fix: entry.files.length > 0 ? `Its files are ${entry.files.map(({ name }) => name).join(', ')}.` : 'It needs none.',
        },
      ]);
    if ((body.size === undefined) === (body.url === undefined))
      throw invalid([
        {
          pointer: '/size',
          code: 'either_or',
          message: 'The file is either sent, then its size is known, or fetched from an address.',
          fix: 'Give size or url.',
        },
      ]);
    if ((body.size ?? 0) > this.settings.maxBytes) throw modelTooLarge(this.settings.maxBytes);
    if (body.url) this.fetcher.parse(body.url);
    return this.begin(
      ctx,
      { catalogue: { slug, file: body.file } },
      { filename: body.file, bytes: body.size ?? null, sha256: body.sha256 ?? null, url: body.url ?? null },
    );
  }

  async list(ctx: Ctx): Promise<ImportView[]> {
    const found = await this.tx.run(ctx, (em) => listImports(em, LISTED));
    return found.filter((row) => isTheirs(ctx, row)).map((row) => this.view(row));
  }

  async get(ctx: Ctx, id: string): Promise<ImportView> {
    return this.view(await this.own(ctx, id));
  }

  /** All parts have arrived: the file is checked from here on. The same answer however often it is called. @throws DomainError 409 `upload_incomplete` */
  async complete(ctx: Ctx, id: string): Promise<ImportView> {
    const row = await this.own(ctx, id);
    if (row.stage !== 'uploading') return this.view(row);
    const missing = missingOf(row, this.settings.partBytes);
    if (missing.length > 0) throw partsMissing(missing);
    await this.tx.run(ctx, async (em) => {
      if ((await lockImport(em, id))!.stage !== 'uploading') return;
      await setStage(em, id, 'waiting', { progress: 0 });
      onCommit(() => this.work.wake());
    });
    return this.get(ctx, id);
  }

  /** @throws DomainError 409 `import_over` when it has ended */
  async cancel(ctx: Ctx, id: string): Promise<ImportView> {
    await this.own(ctx, id);
    await this.tx.run(ctx, async (em) => {
      const locked = (await lockImport(em, id))!;
      if (isOver(locked.stage)) throw importOver(locked.stage);
      await setStage(em, id, 'canceled');
    });
    await this.work.clear({ tenantId: ctx.tenantId, id });
    return this.get(ctx, id);
  }

  /** Theirs, or any of the tenant for those who administer models; of the catalogue, for operators. @throws DomainError 404 */
  async own(ctx: Ctx, id: string): Promise<ImportRow> {
    const row = await this.tx.run(ctx, (em) => findImport(em, id));
    if (!row || !isTheirs(ctx, row)) throw notFound('mdv');
    return row;
  }

  private async begin(ctx: Ctx, wish: ImportWish, file: Pick<ImportRow, 'filename' | 'bytes' | 'sha256' | 'url'>): Promise<ImportView> {
    const id = newId();
    const row = await this.tx.run(ctx, async (em) => {
      if (wish.modelId) await this.ownModel(ctx, em, wish.modelId);
      await lockModels(em, ctx.tenantId);
      if (!wish.catalogue && (await countImports(em)) >= LIVE_MAX) throw tooManyImports(LIVE_MAX);
      if (!wish.catalogue) await this.quota.admit(ctx, em, { bytes: file.bytes, isNewModel: !wish.modelId });
      await insertImport(em, ctx.tenantId, {
        id,
        ownerId: actorId(ctx),
        teamId: ctx.teamId ?? null,
        wish,
        ...file,
        stage: file.url === null ? 'uploading' : 'waiting',
      });
      if (file.url !== null) onCommit(() => this.work.wake());
      return (await findImport(em, id))!;
    });
    return this.view(row);
  }

  private async ownModel(ctx: Ctx, em: EntityManager, id: string): Promise<void> {
    const model = await lockModel(em, id);
    if (!model || !maySee(ctx, model)) throw notFound('mdl');
    if (model.ownerId !== actorId(ctx) && !ctx.permissions.has('model:write')) throw notYourModel();
  }

  private view(row: ImportRow): ImportView {
    return importView(row, this.settings.partBytes);
  }
}

const isTheirs = (ctx: Ctx, row: ImportRow): boolean =>
  row.wish.catalogue ? ctx.permissions.has('operator:models') : row.ownerId === actorId(ctx) || ctx.permissions.has('model:write');

const wishOf = ({ modelId, ...wish }: ImportWishDto): ImportWish => ({ ...wish, ...(modelId && { modelId: parseId('mdl', modelId) }) });

/** What is no percent-encoding is taken as it stands. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The last part of what a file is called, for people; never a path. */
const nameOf = (given: string): string =>
  given
    .split(/[\\/]/)
    .at(-1)!
    .replace(/[^\w.\- ()]/g, '_')
    .slice(0, 200) || 'model';

const missingOf = (row: ImportRow, partBytes: number): number[] => {
  const here = new Set(row.parts.map(({ n }) => n));
  return Array.from({ length: partCountOf(row.bytes, partBytes) }, (_, i) => i + 1).filter((n) => !here.has(n));
};
