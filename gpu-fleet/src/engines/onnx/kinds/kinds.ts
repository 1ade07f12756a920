/** Every task kind this engine knows. */
import type { TaskKind } from '@atelier/contracts';
import { EngineInputError } from '../../engine.js';
import { analyze } from './analyze.js';
import { cleanUp } from './clean-up.js';
import { faceRestore } from './face-restore.js';
import { interpolate } from './interpolate.js';
import type { Job, KindOf, KindResult } from './kind.js';
import { matte } from './matte.js';
import { removeBackground } from './remove-background.js';
import { segment } from './segment.js';
import { upscale } from './upscale.js';

const KINDS: { [K in TaskKind]?: KindOf<K> } = {
  segment,
  'clean-up': cleanUp,
  matte,
  'remove-background': removeBackground,
  upscale,
  'face-restore': faceRestore,
  interpolate,
  analyze,
};

export function perform(kind: string, parameters: Record<string, unknown>, job: Job): Promise<KindResult> {
  const work = (KINDS as Record<string, KindOf<TaskKind> | undefined>)[kind];
  if (!work) throw new EngineInputError('unknown_kind', `The onnx engine does not know "${kind}": use one of ${Object.keys(KINDS).join(', ')}.`);
  return work(parameters as never, job);
}
