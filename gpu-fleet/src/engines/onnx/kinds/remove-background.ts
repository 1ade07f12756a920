/** The subject over nothing, or over one colour. */
import { colourOf } from '../../builtin/background/remove-background.js';
import { readPicture, type Picture } from '../../builtin/picture.js';
import { pictureOutput } from '../pictures.js';
import type { Plane } from '../tensor.js';
import { alphaOf, GENERAL } from './alpha.js';
import { factsOf, weightsOf, withGraphs, type KindOf } from './kind.js';

const STEPS = 2;

export const removeBackground: KindOf<'remove-background'> = async ({ background }, job) => {
  const colour = colourOf(background);
  const weights = weightsOf(job, ...GENERAL);
  return withGraphs(job, [weights], async ([graph]) => {
    await job.course.step(0, STEPS, 'segmenting');
    const picture = await readPicture(job.inputs.get('image'));
    const alpha = await alphaOf(picture, weights, graph!);
    await job.course.step(1, STEPS, 'matting');
    const result = cutOut(picture, alpha, colour);
    await job.course.step(STEPS, STEPS, 'encoding');
    return { outputs: [await pictureOutput(result, factsOf(job, [weights]))], steps: STEPS };
  });
};

/** RGBA without a colour, RGB over one. What was transparent before stays so. */
export function cutOut({ width, height, channels, data }: Picture, alpha: Plane, colour: readonly [number, number, number] | null): Picture {
  const to = colour ? 3 : 4;
  const out = new Uint8Array(width * height * to);
  for (let i = 0; i < width * height; i++) {
    const share = alpha.data[i]! * (channels === 4 ? data[i * 4 + 3]! / 255 : 1);
    for (let c = 0; c < 3; c++) out[i * to + c] = colour ? Math.round(data[i * channels + c]! * share + colour[c]! * (1 - share)) : data[i * channels + c]!;
    if (!colour) out[i * 4 + 3] = Math.round(share * 255);
  }
  return { width, height, channels: to, data: out };
}
