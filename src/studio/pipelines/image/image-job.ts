import type { ControlType, TaskParameters } from '@atelier/contracts';
import type { QuoteItem } from '../../../billing/pricing/index.js';
import type { ChosenModel, Companions, JobInput, TaskPlan } from '../../jobs/index.js';
import type { ControlNetDto, Txt2ImgDto } from './image.dto.js';

const SEEDS = 2 ** 32;

export const NO_COMPANIONS: Companions = { loras: [], embeddings: [], controlNets: [], weights: [] };

export const imagesOf = (p: Pick<Txt2ImgDto, 'batchSize' | 'batchCount'>): number => p.batchSize * p.batchCount;

/** Picture n of a batch draws with seed + n; past the last seed it begins again at 0. */
export const seedOf = (first: number, index: number): number => (first + index) % SEEDS;

/** Megapixel-steps of one picture. Image-to-image skips the steps that `strength` leaves out. */
export const workOf = (p: Pick<Txt2ImgDto, 'width' | 'height' | 'steps'>, strength = 1): number =>
  ((p.width * p.height) / 1e6) * Math.max(1, p.steps * strength);

export const imagePrice = (p: Txt2ImgDto, model: Pick<ChosenModel, 'priceFactor'>): QuoteItem[] => [
  {
    code: 'image',
    pixels: p.width * p.height,
    steps: p.steps,
    images: imagesOf(p),
    modelFactor: model.priceFactor,
    controlNets: p.controlNets?.length ?? 0,
    loras: p.loras?.length ?? 0,
  },
];

/** One task per picture, so that a lost box costs one picture and a batch spreads over boxes. */
export function imageTasks(
  kind: 'txt2img' | 'img2img' | 'inpaint' | 'outpaint',
  p: Txt2ImgDto & { seed: number; strength?: number },
  { entry: model, companions }: { entry: ChosenModel; companions: Companions },
  inputs: readonly JobInput[],
  /** What this kind takes beside the rest. */
  own: object = {},
): TaskPlan[] {
  return Array.from({ length: imagesOf(p) }, (_, index): TaskPlan => {
    const parameters: TaskParameters['txt2img'] = {
      prompt: p.prompt,
      negativePrompt: p.negativePrompt,
      width: p.width,
      height: p.height,
      steps: p.steps,
      cfgScale: p.cfgScale,
      sampler: p.sampler,
      scheduler: p.scheduler,
      seed: seedOf(p.seed, index),
      model: model.slug,
      family: model.family,
      ...(companions.loras.length > 0 && { loras: companions.loras }),
      ...(companions.embeddings.length > 0 && { embeddings: companions.embeddings }),
      ...(p.controlNets?.length && { controlNets: p.controlNets.map((use, i) => controlOf(use, i, companions.controlNets[i] ?? null)) }),
    };
    return {
      engine: model.engine,
      kind,
      weights: [...model.weights, ...companions.weights],
      parameters: { ...parameters, ...(p.strength !== undefined && { strength: p.strength }), ...own },
      inputs,
      base: model.base,
      vramMb: model.vramMb + companions.weights.reduce((sum, { vramMb }) => sum + vramMb, 0),
      gpuClasses: model.gpuClasses,
      estimateUnits: workOf(p, p.strength),
      state: 'ready',
    };
  });
}

const controlOf = (use: ControlNetDto, index: number, digest: string | null): NonNullable<TaskParameters['txt2img']['controlNets']>[number] => ({
  ...{ type: use.type as ControlType, digest, input: `control-${index}`, strength: use.strength, start: use.start, end: use.end, preprocess: use.preprocess },
});
