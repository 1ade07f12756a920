import type { WeightFormat } from '@atelier/contracts';
import { createReadStream } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { SystemTx } from '../../../platform/database/index.js';
import { Storage } from '../../../platform/storage/index.js';
import { RULES_VERSION } from '../checks/inspect.js';
import type { CheckedWeights } from '../model.entity.js';
import { drawPreview, PREVIEW_TYPE, previewKey } from '../preview.js';
import { Passports } from '../passports.service.js';
import { keepWeights } from '../weights.system.repository.js';
import { Antivirus } from './antivirus.service.js';
import type { Arrived, OnStep } from './arrival.service.js';
import type { Detected } from './detect.js';
import { examineApart } from './examination-apart.js';
import { weightsKey } from './import.entity.js';

export interface Findings {
  format: WeightFormat;
  /** Names of the checks that were passed. */
  checks: string[];
  detected: Detected;
  /** A picture that its trainer put into the file, drawn anew. */
  preview: Buffer | null;
}

/** Holds a file to the rules, signs what was found, and puts it where files of weights lie: once, whoever brought it, with the same work each time. */
@Injectable()
export class Inspections {
  constructor(
    private readonly antivirus: Antivirus,
    private readonly passports: Passports,
    private readonly storage: Storage,
    private readonly system: SystemTx,
  ) {}

  /** @throws Refusal */
  async of({ path }: Arrived, onStep: OnStep): Promise<Findings> {
    await onStep('checking', 0.5);
    const { format, checks, detected, thumbnail } = await examineApart(path);
    await this.antivirus.check(path);
    // What is no picture is no reason to refuse the weights.
    const preview = thumbnail && (await drawPreview(Buffer.from(thumbnail, 'base64')).catch(() => null));
    return { format, checks: [...checks, ...(this.antivirus.isThere ? ['antivirus'] : [])], detected, preview: preview || null };
  }

  async keep(importId: string, { path, bytes, digest }: Arrived, { format, checks }: Findings, onStep: OnStep): Promise<CheckedWeights> {
    await onStep('storing', 0);
    // Stored even when it is here: how long it takes must not tell anybody that somebody else has brought it.
    const [storageKey, contentType] = [weightsKey(digest, importId), 'application/octet-stream'];
    await this.storage.put(storageKey, createReadStream(path), { contentType });
    const passport = this.passports.sign({ v: 1, digest, bytes, format, rules: RULES_VERSION, checks, checkedAt: new Date().toISOString() });
    const weights = await this.system.run('keep weights', (em) =>
      keepWeights(em, { digest, bytes, format, storageKey, rules: RULES_VERSION, checks, passport }),
    );
    if (weights.storageKey !== storageKey) {
      // What a store has lost is whole again when somebody brings it.
      if (!(await this.storage.head(weights.storageKey))) await this.storage.put(weights.storageKey, createReadStream(path), { contentType });
      await this.storage.delete([storageKey]);
    }
    await onStep('storing', 1);
    return weights;
  }

  /** @returns its key; null when there is none */
  async keepPreview(tenantId: string, modelId: string, importId: string, { preview }: Findings): Promise<string | null> {
    if (!preview) return null;
    const key = previewKey(tenantId, modelId, importId);
    await this.storage.put(key, preview, { contentType: PREVIEW_TYPE });
    return key;
  }
}
