import type { EngineName, GpuClass, Operation } from '@atelier/contracts';
import { Injectable } from '@nestjs/common';
import type { WeightsUse } from '../../../fleet/tasks/index.js';
import type { Ctx } from '../../../platform/context/index.js';
import { Models } from '../../models/index.js';
import type { Faults } from './faults.js';

/** With what an operation is done: the engine, its weights, where it may run. */
export interface ChosenModel {
  slug: string;
  /** Family of a checkpoint; `cpu` for work without weights. Decides the lane. */
  base: string;
  engine: EngineName;
  weights: readonly WeightsUse[];
  vramMb: number;
  gpuClasses: readonly GpuClass[];
  priceFactor: 1 | 2;
  simulated: boolean;
}

/** Operations whose model a request may name. */
const NAMED: readonly Operation[] = ['txt2img', 'img2img', 'inpaint', 'outpaint', 'video'];
/** Methods of the engine that needs no weights, and which of them only draw a placeholder. */
const BUILTIN: Readonly<Partial<Record<Operation, { slug: string; simulated: boolean }>>> = {
  upscale: { slug: 'builtin/resample', simulated: false },
  'remove-background': { slug: 'builtin/segmentation', simulated: false },
  segment: { slug: 'builtin/graph-cut', simulated: false },
  'segment-session': { slug: 'builtin/graph-cut', simulated: false },
  'clean-up': { slug: 'builtin/fill', simulated: false },
  'smart-remove': { slug: 'builtin/fill', simulated: false },
  matte: { slug: 'builtin/matting', simulated: false },
  'face-restore': { slug: 'builtin/sharpen', simulated: true },
  interpolate: { slug: 'builtin/motion', simulated: false },
  mask: { slug: 'builtin/mask', simulated: false },
  'propagate-mask': { slug: 'builtin/motion', simulated: false },
};

/** The one place where pipelines learn with which model, engine and weights a request is done. */
@Injectable()
export class ModelChoice {
  constructor(private readonly models: Models) {}

  /** Null, with a fault at `/model`, when the catalogue has none such. */
  async choose(_ctx: Ctx, operation: Operation, named: string | undefined, faults: Faults, _variant?: string): Promise<ChosenModel | null> {
    const method = BUILTIN[operation];
    if (method) return { ...method, base: 'cpu', engine: 'builtin', weights: [], vramMb: 0, gpuClasses: ['CPU'], priceFactor: 1 };
    if (!NAMED.includes(operation) || faults.touch('/model')) return null;
    // A checkpoint that makes pictures from pictures can make parts of them anew.
    const entry = (await this.models.find(operation, named)) ?? (await this.models.find('img2img', named));
    if (!entry) {
      faults.add('/model', {
        code: 'unknown_model',
        message: `There is no such model for ${operation}.`,
        fix: `Leave it out, or name one of ${(await this.models.slugs('img2img')).join(', ')}.`,
      });
      return null;
    }
    const { slug, base, vramMb, gpuClasses, priceFactor, simulated } = entry;
    return { slug, base, engine: 'builtin', weights: [], vramMb, gpuClasses, priceFactor, simulated };
  }
}
