/** The alpha of the subject as a mask: of a portrait, of anything, or against a clean plate of the same scene. */
import { readPicture, type Picture } from '../../builtin/picture.js';
import { EngineInputError } from '../../engine.js';
import type { Graph } from '../graph.js';
import { plateAlpha, plateInput, PLATE_SIDE_MAX } from '../models/bgmv2.js';
import { maskOutput, stretched } from '../pictures.js';
import { byteOf, resizePlane, type Plane } from '../tensor.js';
import { alphaOf, GENERAL, PORTRAIT } from './alpha.js';
import { factsOf, weightsOf, withGraphs, type KindOf } from './kind.js';

const STEPS = 2;
const RECIPES = { portrait: PORTRAIT, general: GENERAL, plate: ['bgmv2' as const] };

export const matte: KindOf<'matte'> = async ({ method }, job) => {
  const recipes = RECIPES[method];
  if (!recipes) throw new EngineInputError('bad_parameters', `method is ${JSON.stringify(method)}: use portrait, general or plate.`);
  const weights = weightsOf(job, ...recipes);
  return withGraphs(job, [weights], async ([graph]) => {
    await job.course.step(0, STEPS, 'matting');
    const picture = await readPicture(job.inputs.get('image'));
    const alpha =
      method === 'plate' ? await againstPlate(picture, await readPicture(job.inputs.get('plate')), graph!) : await alphaOf(picture, weights, graph!);
    await job.course.step(STEPS, STEPS, 'encoding');
    const { width, height } = picture;
    return { outputs: [await maskOutput(Uint8Array.from(alpha.data, byteOf), width, height, factsOf(job, [weights], { method }))], steps: STEPS };
  });
};

async function againstPlate(picture: Picture, plate: Picture, graph: Graph): Promise<Plane> {
  const { width, height } = picture;
  if (plate.width !== width || plate.height !== height)
    throw new EngineInputError(
      'plate_size',
      `The plate is ${plate.width}×${plate.height}, the picture ${width}×${height}: take both from the same camera at the same size.`,
    );
  const scale = Math.min(1, PLATE_SIDE_MAX / Math.max(width, height));
  const w = Math.max(1, Math.round(width * scale)),
    h = Math.max(1, Math.round(height * scale));
  const at = (each: Picture): Promise<Picture> | Picture => (scale < 1 ? stretched(each, w, h, 'lanczos3') : each);
  const [pha] = await graph.run(plateInput(await at(picture), await at(plate)));
  return resizePlane(plateAlpha(pha!, w, h), width, height);
}
