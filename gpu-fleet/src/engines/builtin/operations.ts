/** One task of this engine from beginning to end, in whatever thread: operation → file with its facts inside. */
import type { TaskKind } from '@atelier/contracts';
import type { EngineOutput } from '../engine.js';
import { EngineInputError } from '../engine.js';
import { removeBackground } from './background/remove-background.js';
import { cleanUp } from './clean-up.js';
import { faceRestore } from './face-restore.js';
import { interpolate } from './film/interpolate.js';
import { propagateMask } from './film/propagate-mask.js';
import { video } from './film/video.js';
import { img2img } from './img2img.js';
import { inpaint, outpaint } from './inpaint.js';
import { mask } from './mask.js';
import { matte } from './matte.js';
import { Inputs, type Course, type OperationOf, type OperationResult } from './operation.js';
import { encodeMask, encodePng } from './picture.js';
import { withMetadata } from './png-metadata.js';
import { segment } from './segment.js';
import { txt2img } from './txt2img.js';
import { upscale } from './upscale.js';
import { BUILTIN_VERSION } from './version.js';

/** All that can be done without a model; what can be learned of a picture cannot. */
const OPERATIONS: { [K in Exclude<TaskKind, 'analyze'>]: OperationOf<K> } = {
  txt2img,
  img2img,
  inpaint,
  outpaint,
  upscale,
  video,
  segment,
  'clean-up': cleanUp,
  matte,
  'remove-background': removeBackground,
  'face-restore': faceRestore,
  interpolate,
  mask,
  'propagate-mask': propagateMask,
};

export interface Performed {
  outputs: EngineOutput[];
  simulated: boolean;
  steps: number;
}

/** Same kind, parameters and input bytes → same output bytes. */
export async function perform(kind: string, parameters: Record<string, unknown>, inputs: Inputs, course: Course): Promise<Performed> {
  const operation = (OPERATIONS as Record<string, OperationOf<TaskKind> | undefined>)[kind];
  if (!operation) throw new EngineInputError('unknown_kind', `The builtin engine does not know "${kind}": use one of ${Object.keys(OPERATIONS).join(', ')}.`);
  const result = await operation(parameters as never, inputs, course);
  const { simulated, steps } = result;
  await course.step(steps, steps, 'encoding');
  return { outputs: await outputsOf(result, { ...factsOf(parameters, simulated), ...result.metadata }), simulated, steps };
}

async function outputsOf({ picture, mask: plane, film }: OperationResult, facts: Record<string, unknown>): Promise<EngineOutput[]> {
  if (film) return [{ ...film, metadata: { ...facts, ...film.metadata } }];
  if (!picture && !plane) return [];
  const { width, height } = picture ?? plane!;
  const data = withMetadata(picture ? await encodePng(picture) : await encodeMask(plane!), facts);
  return [{ slot: picture ? 'image' : 'mask', data, contentType: 'image/png', width, height, metadata: facts }];
}

function factsOf({ prompt, negativePrompt, seed, ...parameters }: Record<string, unknown>, simulated: boolean): Record<string, unknown> {
  const words = prompt === undefined ? {} : { prompt, negativePrompt: negativePrompt ?? '', seed };
  return { ...words, parameters, engine: 'builtin', engineVersion: BUILTIN_VERSION, simulated };
}
