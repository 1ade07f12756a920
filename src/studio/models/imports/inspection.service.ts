import { createReadStream } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { SystemTx } from '../../../platform/database/index.js';
import { Storage } from '../../../platform/storage/index.js';
import { openBytes } from '../checks/file-bytes.js';
import { inspect, RULES_VERSION } from '../checks/inspect.js';
import type { CheckedWeights } from '../model.entity.js';
import { Passports } from '../passports.service.js';
import { findWeights, keepWeights } from '../weights.system.repository.js';
import { Antivirus } from './antivirus.service.js';
import type { Arrived, OnStep } from './arrival.service.js';
import { detect, type Detected } from './detect.js';
import { weightsKey } from './import.entity.js';

export interface Inspected {
  weights: CheckedWeights;
  detected: Detected;
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
  async of({ path, bytes, digest }: Arrived, onStep: OnStep): Promise<Inspected> {
    await onStep('checking', 0.5);
    const file = await openBytes(path);
    const found = await inspect(file).finally(() => file.close());
    await this.antivirus.check(path);
    const checks = [...found.checks, ...(this.antivirus.isThere ? ['antivirus'] : [])];
    const detected: Detected = found.format === 'safetensors' ? detect(found.facts) : { type: 'onnx', base: null, triggerWords: [] };
    await onStep('storing', 0);
    // Stored again even when it is here: how long it takes must not tell anybody that somebody else has brought it.
    const storageKey = weightsKey(digest);
    await this.storage.put(storageKey, createReadStream(path), { contentType: 'application/octet-stream' });
    const checkedAt = new Date();
    const passport = this.passports.sign({ v: 1, digest, bytes, format: found.format, rules: RULES_VERSION, checks, checkedAt: checkedAt.toISOString() });
    const weights = await this.system.run('keep weights', (em) =>
      keepWeights(em, { digest, bytes, format: found.format, storageKey, rules: RULES_VERSION, checks, passport }),
    );
    await onStep('storing', 1);
    return { weights, detected };
  }

  find(digest: string): Promise<CheckedWeights | null> {
    return this.system.run('find weights', (em) => findWeights(em, digest));
  }
}
