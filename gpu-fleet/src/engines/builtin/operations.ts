/** One task of this engine from beginning to end, in whatever thread: operation → PNG with its facts inside. */
import type { TaskKind } from '@atelier/contracts';
import type { EngineInput, EngineOutput } from '../engine.js';
import { EngineInputError } from '../engine.js';
import { removeBackground } from './background/remove-background.js';
import { img2img } from './img2img.js';
import { Inputs, type Course, type OperationOf } from './operation.js';
import { encodePng } from './picture.js';
import { withMetadata } from './png-metadata.js';
import { txt2img } from './txt2img.js';
import { upscale } from './upscale.js';
import { BUILTIN_VERSION } from './version.js';

const OPERATIONS: { [K in TaskKind]?: OperationOf<K> } = { txt2img, img2img, upscale, 'remove-background': removeBackground };

export interface Performed {
  output: EngineOutput;
  simulated: boolean;
  steps: number;
}

/** Same kind, parameters and input bytes → same output bytes. */
export async function perform(kind: string, parameters: Record<string, unknown>, inputs: EngineInput[], course: Course): Promise<Performed> {
  const operation = (OPERATIONS as Record<string, OperationOf<TaskKind> | undefined>)[kind];
  if (!operation) throw new EngineInputError('unknown_kind', `The builtin engine does not know "${kind}": use one of ${Object.keys(OPERATIONS).join(', ')}.`);
  const { picture, simulated, steps, metadata } = await operation(parameters as never, new Inputs(inputs), course);
  await course.step(steps, steps, 'encoding');
  const facts = factsOf(parameters, simulated);
  const data = withMetadata(await encodePng(picture), { ...facts, ...metadata });
  const { width, height } = picture;
  return { output: { slot: 'image', data, contentType: 'image/png', width, height, metadata: { ...facts, ...metadata } }, simulated, steps };
}

function factsOf({ prompt, negativePrompt, seed, ...parameters }: Record<string, unknown>, simulated: boolean): Record<string, unknown> {
  const words = prompt === undefined ? {} : { prompt, negativePrompt: negativePrompt ?? '', seed };
  return { ...words, parameters, engine: 'builtin', engineVersion: BUILTIN_VERSION, simulated };
}
