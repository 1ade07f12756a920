import type { Operation } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { WeightsUse } from '../../../fleet/tasks/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { Choices, isRefused, type ChosenModel, type Companion, type Refused } from '../../models/index.js';
import type { Faults } from './faults.js';

export type { ChosenModel };

/** What a request asks for beside its model. */
export interface Wanted {
  loras?: readonly { model: string; weight: number }[];
  controlNets?: readonly { type: string }[];
  texts: readonly string[];
}

/** Files that go with a model, in the order of the request. */
export interface Companions {
  loras: { digest: string; weight: number }[];
  embeddings: { digest: string; word: string }[];
  controlNets: string[];
  weights: WeightsUse[];
}

/** Where pipelines learn with which model, engine and weights a request is done; what cannot be is noted at its field. */
@Injectable()
export class ModelChoice {
  constructor(private readonly choices: Choices) {}

  /** `variant`: a quality, a style, a method. Null, with a fault at `/model`, when none can. */
  async choose(ctx: Ctx, operation: Operation, named: string | undefined, faults: Faults, variant?: string): Promise<ChosenModel | null> {
    if (faults.touch('/model')) return null;
    const found = await this.choices.choose(ctx, operation, named, variant);
    return noted('/model', found, faults);
  }

  async companions(ctx: Ctx, model: ChosenModel, wanted: Wanted, faults: Faults): Promise<Companions> {
    const made: Companions = { loras: [], embeddings: [], controlNets: [], weights: [] };
    for (const [i, use] of (wanted.loras ?? []).entries()) {
      if (faults.touch(`/loras/${i}`)) continue;
      const found = noted(`/loras/${i}/model`, await this.choices.companion(ctx, 'lora', use.model, model), faults);
      if (found) add(made, found, () => made.loras.push({ digest: found.digest, weight: use.weight }));
    }
    for (const { word, found } of await this.choices.embeddings(ctx, wanted.texts, model)) {
      const embedding = noted('/prompt', found, faults);
      if (embedding) add(made, embedding, () => made.embeddings.push({ digest: embedding.digest, word }));
    }
    for (const [i, { type }] of (wanted.controlNets ?? []).entries()) {
      if (faults.touch(`/controlNets/${i}`)) continue;
      const found = noted(`/controlNets/${i}/type`, await this.choices.control(ctx, type as never, model), faults);
      if (found) add(made, found, () => made.controlNets.push(found.digest));
    }
    return made;
  }
}

function noted<T extends object>(pointer: string, found: T | Refused, faults: Faults): T | null {
  if (!isRefused(found)) return found;
  const { code, message, fix } = found;
  faults.add(pointer, { code, message, fix });
  return null;
}

function add(made: Companions, companion: Companion, note: () => void): void {
  made.weights.push(...companion.weights.filter((file) => !made.weights.some(({ digest }) => digest === file.digest)));
  note();
}
