import { ONNX_RECIPES, type ModelType, type WeightFormat } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Audit } from '../../../accounts/audit/index.js';
import { Thermal } from '../../../fleet/thermal/index.js';
import { systemCtx } from '../../../platform/context/index.js';
import { SystemTx, TenantTx } from '../../../platform/database/index.js';
import { newId, typeId } from '../../../platform/ids/index.js';
import { CATALOGUE } from '../catalogue.js';
import { Refusal } from '../checks/refusal.js';
import { Entries, ownEntry, weightsOf } from '../entries.service.js';
import type { CheckedWeights, ModelRow } from '../model.entity.js';
import { loadMsOf } from '../models.service.js';
import { insertModel, insertVersion, lockModel } from '../models.repository.js';
import { catalogueFilesOf, putCatalogueFile } from '../weights.system.repository.js';
import type { Arrived, OnStep } from './arrival.service.js';
import type { Detected } from './detect.js';
import { isOver, NotOurs, type ImportRow } from './import.entity.js';
import { lockImport, setStage } from './imports.repository.js';
import { Inspections, type Findings } from './inspection.service.js';

/** Makes of a checked file what was wished: a model, a version of one, or a file of the catalogue. */
@Injectable()
export class Acceptance {
  constructor(
    private readonly inspections: Inspections,
    private readonly entries: Entries,
    private readonly thermal: Thermal,
    private readonly tx: TenantTx,
    private readonly system: SystemTx,
    private readonly audit: Audit,
  ) {}

  /** @throws Refusal */
  async accept(row: ImportRow, file: Arrived, onStep: OnStep): Promise<void> {
    const found = await this.inspections.of(file, onStep);
    // Asked before the bytes are kept, so that a refused file leaves none.
    if (row.wish.catalogue) ensureFormat(row.wish.catalogue.file, found.format);
    else await this.tx.run(row, (em) => wanted(em, row, found.detected));
    const weights = await this.inspections.keep(row.id, file, found, onStep);
    if (row.wish.catalogue) await this.intoCatalogue(row, row.wish.catalogue, weights);
    else await this.intoTenant(row, weights, found);
  }

  private async intoCatalogue(row: ImportRow, { slug, file }: { slug: string; file: string }, weights: CheckedWeights): Promise<void> {
    const entry = CATALOGUE.find((known) => known.slug === slug)!;
    const { digest, bytes, format, storageKey, passport } = weights;
    await this.system.run('file of the catalogue', async (em) => {
      await ensureOurs(em, row.id);
      await putCatalogueFile(em, { slug, name: file, digest, bytes, format, storageKey, passport });
      const here = await catalogueFilesOf(em, slug);
      if (here.length === entry.files.length) await this.thermal.declare(em, { modelId: entry.id, weights: weightsOf(entry, here), loadMs: entry.loadMs });
      await setStage(em, row.id, 'done', { progress: 1, bytes, sha256: digest, modelId: entry.id });
      await this.audit.record(em, systemCtx(row.tenantId, 'studio/models'), { action: 'catalogue.file_imported', target: slug, after: { file, digest } });
      this.entries.catalogueChanged();
    });
  }

  private async intoTenant(row: ImportRow, weights: CheckedWeights, found: Findings): Promise<void> {
    const { wish, tenantId } = row;
    const { detected } = found;
    const freshId = newId();
    const preview = wish.modelId ? null : await this.inspections.keepPreview(tenantId, freshId, row.id, found);
    await this.tx.run({ tenantId }, async (em) => {
      await ensureOurs(em, row.id);
      const { before, type } = await wanted(em, row, detected);
      const modelId = before?.id ?? freshId;
      if (!before) {
        const name = wish.name ?? row.filename.replace(/\.[a-z0-9]+$/i, '');
        await insertModel(em, tenantId, {
          ...{ id: modelId, ownerId: row.ownerId, teamId: row.teamId, visibility: wish.visibility ?? 'private', slug: `own/${slugOf(name)}`, name },
          ...{
            description: wish.description ?? '',
            type,
            base: wish.base ?? detected.base ?? 'unknown',
            licence: wish.licence ?? null,
            triggerWords: detected.triggerWords,
            previewKey: preview,
          },
        });
      }
      const { id, filename } = row;
      const number = await insertVersion(em, tenantId, { id, modelId, changelog: wish.changelog ?? null, filename, weights, createdBy: row.ownerId });
      await this.thermal.declare(em, { modelId, weights: ownEntry((await lockModel(em, modelId))!).weights, loadMs: loadMsOf(weights.bytes) });
      await setStage(em, id, 'done', { progress: 1, modelId, bytes: weights.bytes, sha256: weights.digest });
      await this.audit.record(em, systemCtx(tenantId, 'studio/models'), {
        action: 'model.imported',
        target: typeId('mdl', modelId),
        after: { version: number, digest: weights.digest },
      });
    });
  }
}

/** Locks the import to its end. @throws NotOurs */
async function ensureOurs(em: EntityManager, importId: string): Promise<void> {
  const now = await lockImport(em, importId);
  if (!now || isOver(now.stage)) throw new NotOurs();
}

function ensureFormat(file: string, format: WeightFormat): void {
  const due = ONNX_RECIPES.some((recipe) => file.startsWith(recipe)) ? 'onnx' : 'safetensors';
  if (format !== due) throw new Refusal('wrong_format', `${file} has to be ${due}, this is ${format}.`, `Bring the ${due} file.`);
}

/** What the file shall become, when it can. @throws Refusal */
async function wanted(em: EntityManager, { wish }: ImportRow, detected: Detected): Promise<{ before: ModelRow | null; type: ModelType }> {
  const before = wish.modelId ? await lockModel(em, wish.modelId) : null;
  if (wish.modelId && !before) throw new Refusal('model_gone', 'The model that this was to be a version of is gone.', 'Import it as a model of its own.');
  const type = wish.type ?? before?.type ?? detected.type;
  if (!type) throw new Refusal('unknown_type', 'From its tensors it cannot be told what kind of model this is.', 'Say so in `type`.');
  if (before) fitting(before, type, detected);
  // What a model costs goes by its family.
  else if (wish.base && detected.base && wish.base !== detected.base)
    throw new Refusal('other_family', `This belongs to ${detected.base}, not to ${wish.base}.`, 'Leave `base` out, or bring the other file.');
  if (detected.type && detected.type !== type)
    throw new Refusal('other_type', `This is a ${detected.type}, not a ${type}.`, 'Leave `type` out, or bring the other file.');
  return { before, type };
}

function fitting(before: { type: ModelType; base: string }, type: ModelType, detected: Detected): void {
  if (type !== before.type) throw new Refusal('other_type', `The model is a ${before.type}, this file is a ${type}.`, 'Import it as a model of its own.');
  if (detected.base && before.base !== 'unknown' && detected.base !== before.base)
    throw new Refusal('other_family', `The model belongs to ${before.base}, this file to ${detected.base}.`, 'Import it as a model of its own.');
}

const slugOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/[^a-zA-Z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 60) || 'model';
