import { FAMILIES, type DiffusionFamily, type GpuClass, type Operation, type ThermalMode, type WeightRole } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Fresh } from '../../billing/plans/index.js';
import { ExternalEngines, type OutsideModel } from '../../fleet/external/index.js';
import { Thermal } from '../../fleet/thermal/index.js';
import type { WeightsUse } from '../../fleet/tasks/index.js';
import { actorId, type Ctx } from '../../platform/context/index.js';
import { AppDb, TenantTx } from '../../platform/database/index.js';
import { notFound } from '../../platform/errors/index.js';
import { namedId } from '../../platform/ids/index.js';
import { CATALOGUE, CATALOGUE_SINCE, type CatalogueEntry } from './catalogue.js';
import type { CatalogueFileRow, ModelRow } from './model.entity.js';
import type { ModelEntry } from './model.js';
import { notOfCatalogue, notYourModel } from './models.errors.js';
import { listModels, lockModel } from './models.repository.js';
import { allCatalogueFiles } from './shared.repository.js';

const FILES = 'files of the catalogue';
/** What a file of a tenant is to the engine. */
const ROLES = {
  checkpoint: 'checkpoint',
  lora: 'lora',
  embedding: 'embedding',
  controlnet: 'controlnet',
  vae: 'vae',
  upscaler: 'upscaler',
  onnx: 'graph',
} as const;
/** For families of which the catalogue holds none. */
const UNKNOWN = { vramMb: 12_000, maxParallelPerGpu: 2, gpuClasses: ['A10G', 'A100', 'H100'] as GpuClass[] };

/** It sees a picture by tiles of 512. */
const UPSCALER = { vramMb: 2_000, maxParallelPerGpu: 2, gpuClasses: ['T4', 'L4', 'A10G', 'A100', 'H100'] as GpuClass[] };

/** Every model there is for a caller: the catalogue with the files that are here, and the tenant's own. */
@Injectable()
export class Entries {
  /** The catalogue as last put together, and from what: every submission asks for it. */
  private built: { files: readonly CatalogueFileRow[]; modes: ReadonlyMap<string, ThermalMode>; entries: ModelEntry[] } | null = null;

  constructor(
    private readonly db: AppDb,
    private readonly tx: TenantTx,
    private readonly thermal: Thermal,
    private readonly fresh: Fresh,
    private readonly external: ExternalEngines,
  ) {}

  /** The catalogue, as of at most five seconds ago, and what is set up at the outside service. */
  async catalogue(): Promise<readonly ModelEntry[]> {
    const files = await this.fresh.get(FILES, () => allCatalogueFiles(this.db));
    const modes = await this.thermal.modes();
    if (this.built?.files !== files || this.built.modes !== modes) {
      const known = CATALOGUE.map((entry) => ({ ...catalogueEntry(entry, files), thermal: modes.get(entry.id) ?? null }));
      this.built = { files, modes, entries: [...known, ...this.external.models().map(outsideEntry)] };
    }
    return this.built.entries;
  }

  /** Those of the tenant that the caller may see, newest first. */
  async own(ctx: Ctx): Promise<ModelEntry[]> {
    const [found, modes] = [await this.tx.run(ctx, listModels), await this.thermal.modes()];
    return found.filter((row) => maySee(ctx, row)).map((row) => ({ ...ownEntry(row), thermal: row.isOff ? 'OFF' : (modes.get(row.id) ?? null) }));
  }

  /** A model of the tenant that the caller may change, locked. @throws DomainError 404, 403, 409 `catalogue_model` */
  async managed(em: EntityManager, ctx: Ctx, id: string): Promise<ModelRow> {
    const row = await lockModel(em, id);
    if (!row && CATALOGUE.some((entry) => entry.id === id)) throw notOfCatalogue();
    if (!row || !maySee(ctx, row)) throw notFound('mdl');
    if (row.ownerId !== actorId(ctx) && !ctx.permissions.has('model:write')) throw notYourModel();
    return row;
  }

  catalogueChanged(): void {
    this.fresh.changed(FILES);
  }
}

/** Owner, team, tenant, by visibility; who administers models sees all of them. */
export const maySee = (ctx: Ctx, row: Pick<ModelRow, 'ownerId' | 'teamId' | 'visibility'>): boolean =>
  row.ownerId === actorId(ctx) ||
  ctx.permissions.has('model:write') ||
  row.visibility === 'tenant' ||
  row.visibility === 'community' ||
  (row.visibility === 'team' && row.teamId !== null && row.teamId === (ctx.teamId ?? null));

function catalogueEntry(entry: CatalogueEntry, imported: readonly CatalogueFileRow[]): ModelEntry {
  const { files, loadMs: _loadMs, ...rest } = entry;
  const here = new Map(imported.filter(({ slug }) => slug === entry.slug).map((row) => [row.name, row]));
  return {
    ...rest,
    ...{ ownerId: null, visibility: null, triggerWords: [], hasPreview: false, version: null, thermal: null, createdAt: CATALOGUE_SINCE },
    files: files.map(({ name, role, megabytes }) => ({ name, role, bytes: here.get(name)?.bytes ?? megabytes * 1e6, digest: here.get(name)?.digest ?? null })),
    weights: weightsOf(entry, [...here.values()]),
  };
}

/** Its id is that of its slug: what people wrote into their programs outlives a restart. */
function outsideEntry({ slug, name, operations, priceFactor, service }: OutsideModel): ModelEntry {
  return {
    ...{
      id: namedId(`outside model ${slug}`),
      slug,
      name,
      description: `Runs at ${service}; pictures and words are sent there.`,
      type: 'checkpoint',
      base: 'external',
    },
    ...{ engine: 'external', operations, simulated: false, vramMb: 0, gpuClasses: ['CPU'], priceFactor, licence: null },
    ...{ ownerId: null, visibility: null, triggerWords: [], hasPreview: false, version: null, source: `https://${service}`, thermal: null },
    ...{ files: [], weights: [], createdAt: CATALOGUE_SINCE },
  };
}

/** The model's memory shared among its files by their size, and together never more than it. */
export function weightsOf(entry: Pick<CatalogueEntry, 'files' | 'vramMb' | 'maxParallelPerGpu'>, here: readonly CatalogueFileRow[]): WeightsUse[] {
  const total = here.reduce((sum, { bytes }) => sum + bytes, 0);
  return here.flatMap(({ digest, storageKey, bytes, name, format, passport }) => {
    const role = entry.files.find((file) => file.name === name)?.role;
    const use = { digest, key: storageKey, bytes, vramMb: Math.floor((entry.vramMb * bytes) / total), name, format, passport };
    return role ? [{ ...use, role, ...capOf(entry) }] : [];
  });
}

const capOf = ({ maxParallelPerGpu }: Pick<CatalogueEntry, 'maxParallelPerGpu'>): object => (maxParallelPerGpu === undefined ? {} : { maxParallelPerGpu });

export function ownEntry(row: ModelRow): ModelEntry {
  const family = Object.hasOwn(FAMILIES, row.base) ? FAMILIES[row.base as DiffusionFamily] : null;
  const like = row.type === 'upscaler' ? UPSCALER : (CATALOGUE.find(({ base, type }) => base === row.base && type === 'checkpoint') ?? UNKNOWN);
  const operations: readonly Operation[] = row.type === 'upscaler' ? ['upscale'] : row.type === 'checkpoint' ? (family?.operations ?? []) : [];
  const isModel = row.type === 'checkpoint' || row.type === 'upscaler';
  const role: WeightRole = ROLES[row.type];
  const vramMb = isModel ? like.vramMb : Math.ceil(row.bytes / 1e6);
  const name = `${row.slug.split('/').at(-1)}-${row.digest.slice(0, 8)}.${row.format === 'onnx' ? 'onnx' : 'safetensors'}`;
  const { digest, bytes, format, passport } = row;
  return {
    ...{ id: row.id, slug: row.slug, name: row.name, description: row.description, type: row.type, base: row.base },
    ...{
      ownerId: row.ownerId,
      visibility: row.visibility,
      triggerWords: row.triggerWords,
      hasPreview: row.previewKey !== null,
      version: row.current,
      createdAt: row.createdAt,
    },
    ...{ engine: row.type === 'onnx' ? ('onnx' as const) : ('comfyui' as const), operations, simulated: false, source: null, thermal: null },
    ...{ vramMb, gpuClasses: like.gpuClasses, priceFactor: family?.priceFactor ?? 1 },
    // Whose licence a tenant's own file has is the tenant's to know; it is shown, and gates nothing.
    licence: row.licence === null ? null : { tag: row.licence, name: row.licence, url: '', commercialUse: 'allowed' },
    files: [{ name: row.filename, role, bytes, digest }],
    weights: [{ digest, key: row.storageKey, bytes, vramMb, role, name, format, passport, ofTenant: true, ...(isModel && capOf(like)) }],
  };
}
