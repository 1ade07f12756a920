import type { ModelType, Operation, ThermalMode } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import { Audit } from '../../accounts/audit/index.js';
import { Thermal } from '../../fleet/thermal/index.js';
import type { Ctx } from '../../platform/context/index.js';
import { TenantTx } from '../../platform/database/index.js';
import { DomainError, notFound } from '../../platform/errors/index.js';
import { decodeCursor, encodeCursor, page, type PageQuery } from '../../platform/http/index.js';
import { typeId } from '../../platform/ids/index.js';
import { Storage } from '../../platform/storage/index.js';
import { Choices } from './choices.service.js';
import { Entries, ownEntry } from './entries.service.js';
import { fits, unreadiness, type Circumstances, type ModelEntry } from './model.js';
import type { ModelRow } from './model.entity.js';
import type { ModelPage, ModelSearchQuery, ModelView, PatchModelBody, ThermalBody, ThermalStateView, VersionView } from './models.dto.js';
import { noSuchVersion, notOfCatalogue, tooManyWarm } from './models.errors.js';
import { changeModel, deleteModel, jobsThatNeed, lockModel, setCurrent, setOff, versionsOf } from './models.repository.js';

/** Boxes fetch what is to be near when they are idle; nobody pays for it, so that it must not go on for ever. */
const OWN_WARM_MAX = 5;
const isWarm = (mode: ThermalMode | null): boolean => mode === 'WARM' || mode === 'HOT' || mode === 'AUTOMATIC';

/** What people see of models, and what they change about their own. */
@Injectable()
export class Models {
  constructor(
    private readonly entries: Entries,
    private readonly choices: Choices,
    private readonly thermal: Thermal,
    private readonly tx: TenantTx,
    private readonly audit: Audit,
    private readonly storage: Storage,
  ) {}

  /** The tenant's own, newest first, then the catalogue. */
  async list(ctx: Ctx, query: Partial<ModelSearchQuery> & PageQuery): Promise<ModelPage> {
    const after = query.cursor ? decodeCursor(query.cursor) : undefined;
    const all = [...(await this.entries.own(ctx)), ...(await this.entries.catalogue())].sort((a, b) => (a.id < b.id ? 1 : -1));
    const found = all.filter((entry) => fits(entry, query) && (!after || entry.id < after.id));
    const shown = page(found.slice(0, query.limit + 1), query.limit, (entry) => encodeCursor(entry.createdAt.toISOString(), entry.id));
    const circumstances = await this.choices.circumstances(ctx);
    const defaults = await this.choices.defaults(circumstances);
    return { ...shown, data: shown.data.map((entry) => modelView(entry, circumstances, defaults)) };
  }

  /** @throws DomainError 404, also when it is not of the type asked for */
  async view(ctx: Ctx, id: string, type?: ModelType): Promise<ModelView> {
    const entry = await this.get(ctx, id, type);
    const circumstances = await this.choices.circumstances(ctx);
    return modelView(entry, circumstances, await this.choices.defaults(circumstances));
  }

  /** Newest first; a model of the catalogue has none. */
  async versions(ctx: Ctx, id: string, type?: ModelType): Promise<VersionView[]> {
    const entry = await this.get(ctx, id, type);
    const found = entry.ownerId === null ? [] : await this.tx.run(ctx, (em) => versionsOf(em, id));
    return found.map((row) => ({
      id: typeId('mdv', row.id),
      number: row.number,
      changelog: row.changelog,
      current: row.number === entry.version,
      filename: row.filename,
      digest: row.digest,
      bytes: row.bytes,
      format: row.format,
      passport: { rules: row.rules, checks: row.checks, checkedAt: row.checkedAt.toISOString() },
      createdAt: row.createdAt.toISOString(),
    }));
  }

  async change(ctx: Ctx, id: string, body: PatchModelBody): Promise<ModelView> {
    await this.tx.run(ctx, async (em) => {
      const row = await this.entries.managed(em, ctx, id);
      await changeModel(em, id, body);
      await this.audit.record(em, ctx, { action: 'model.changed', target: typeId('mdl', id), before: pick(row, body), after: body });
    });
    return this.view(ctx, id);
  }

  /** Another version is used from now on; what runs goes on with the one it began with. */
  async rollBack(ctx: Ctx, id: string, number: number): Promise<ModelView> {
    await this.tx.run(ctx, async (em) => {
      const row = await this.entries.managed(em, ctx, id);
      if (!(await setCurrent(em, id, number))) throw noSuchVersion();
      const now = (await lockModel(em, id))!;
      await this.thermal.declare(em, { modelId: id, weights: ownEntry(now).weights, loadMs: loadMsOf(now.bytes) });
      await this.audit.record(em, ctx, {
        action: 'model.rolled_back',
        target: typeId('mdl', id),
        before: { version: row.current },
        after: { version: number },
      });
    });
    return this.view(ctx, id);
  }

  /** @throws DomainError 409 `model_in_use` while jobs need it */
  async remove(ctx: Ctx, id: string, type?: ModelType): Promise<void> {
    const preview = await this.tx.run(ctx, async (em) => {
      const row = await this.entries.managed(em, ctx, id);
      if (type && row.type !== type) throw notFound('mdl');
      const jobs = await jobsThatNeed(em, row.id);
      if (jobs.length > 0)
        throw new DomainError({
          kind: 'conflict',
          code: 'model_in_use',
          detail: `Jobs that have not ended need this model: ${jobs.map((job) => typeId('job', job)).join(', ')}. Wait for them, or cancel them.`,
          retryable: true,
        });
      await deleteModel(em, id);
      await this.thermal.forget(em, id);
      await this.audit.record(em, ctx, { action: 'model.deleted', target: typeId('mdl', id), before: { slug: row.slug } });
      return row.previewKey;
    });
    if (preview) await this.storage.delete([preview]);
  }

  async thermalOf(ctx: Ctx, id: string): Promise<ThermalStateView> {
    return this.thermalStateOf(ctx, await this.get(ctx, id));
  }

  /**
   * `dryRun`: only says what it would cost. A model of the catalogue is everybody's, so that only operators switch it. A tenant's own is off for that
   * tenant alone, whoever else has the same file: from then on no new work goes to it, what waits already goes on.
   * @throws DomainError 404 `no_weights` for a model that needs none, 409 `too_many_warm`
   */
  async setThermal(ctx: Ctx, id: string, body: ThermalBody, dryRun: boolean): Promise<ThermalStateView> {
    const entry = await this.get(ctx, id);
    if (entry.ownerId === null && !ctx.permissions.has('operator:models')) throw notOfCatalogue();
    const isOwn = entry.ownerId !== null;
    if (isOwn) await this.tx.run(ctx, (em) => this.entries.managed(em, ctx, id));
    if (isOwn && isWarm(body.mode) && (await this.entries.own(ctx)).filter((own) => own.id !== id && isWarm(own.thermal)).length >= OWN_WARM_MAX)
      throw tooManyWarm(OWN_WARM_MAX);
    if (dryRun) return this.thermalStateOf(ctx, entry);
    await this.thermal.set(id, isOwn && body.mode === 'OFF' ? { mode: 'COLD' } : body);
    await this.tx.run(ctx, async (em) => {
      if (isOwn) await setOff(em, id, body.mode === 'OFF');
      await this.audit.record(em, ctx, { action: 'model.thermal_set', target: typeId('mdl', id), before: { mode: entry.thermal }, after: { ...body } });
    });
    return this.thermalStateOf(ctx, await this.get(ctx, id));
  }

  private async thermalStateOf(ctx: Ctx, entry: ModelEntry): Promise<ThermalStateView> {
    const view = await this.thermal.stateOf(entry.id, { hasFallback: await this.choices.hasFallback(ctx, entry) });
    if (entry.ownerId === null) return thermalView(view);
    if (entry.thermal === 'OFF') return thermalView({ ...view, mode: 'OFF', state: 'OFF', service: 'DISABLED' });
    // That a box has the file of somebody who has not asked for that would say that another tenant uses it.
    return thermalView(view.mode === 'COLD' ? { ...view, state: 'COLD' } : view);
  }

  private async get(ctx: Ctx, id: string, type?: ModelType): Promise<ModelEntry> {
    const entry = await this.choices.find(ctx, typeId('mdl', id));
    if (!entry || (type && entry.type !== type)) throw notFound('mdl');
    return entry;
  }
}

/** A guess until it has been loaded once: half a gigabyte a second from disk. */
export const loadMsOf = (bytes: number): number => Math.ceil(bytes / 500_000);

const pick = (row: ModelRow, body: PatchModelBody): object => Object.fromEntries(Object.keys(body).map((name) => [name, row[name as keyof ModelRow]]));

const modelView = (
  entry: ModelEntry,
  circumstances: Circumstances,
  defaults: ReadonlyMap<string, Operation[]>,
  unready = unreadiness(entry, circumstances),
): ModelView => ({
  ...{ id: typeId('mdl', entry.id), slug: entry.slug, name: entry.name, description: entry.description, type: entry.type, base: entry.base },
  ...{ engine: entry.engine, operations: [...entry.operations], simulated: entry.simulated, vramMb: entry.vramMb, gpuClasses: [...entry.gpuClasses] },
  ...{ priceFactor: entry.priceFactor, licence: entry.licence, defaultFor: defaults.get(entry.slug) ?? [], ready: unready === null, reason: unready },
  ...{
    own: entry.ownerId !== null,
    visibility: entry.visibility,
    triggerWords: [...entry.triggerWords],
    preview: entry.hasPreview ? `/api/v1/models/${typeId('mdl', entry.id)}/preview` : null,
    version: entry.version,
    source: entry.source,
  },
  files: entry.files.map((file) => ({ ...file })),
  thermal: entry.thermal as ThermalMode | null,
  createdAt: entry.createdAt.toISOString(),
});

const thermalView = (view: Awaited<ReturnType<Thermal['stateOf']>>): ThermalStateView => ({
  mode: view.mode,
  state: view.state,
  warmUntil: view.warmUntil?.toISOString() ?? null,
  service: view.service,
  cost: {
    bytes: view.costPreview.bytes,
    loadMs: view.costPreview.loadMs,
    gpuClass: view.costPreview.gpuClass,
    loadMicros: String(view.costPreview.loadMicros),
    minuteMicros: String(view.costPreview.minuteMicros),
  },
});
