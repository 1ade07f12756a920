/** The subject's alpha by whatever model the task brought. */
import type { OnnxRecipe } from '@atelier/contracts';
import type { Picture } from '../../builtin/picture.js';
import type { EngineWeights } from '../../engine.js';
import type { Graph } from '../graph.js';
import { birefnet } from '../models/birefnet.js';
import { isnet } from '../models/isnet.js';
import type { Matting } from '../models/matting.js';
import { modnet } from '../models/modnet.js';
import { u2net } from '../models/u2net.js';
import { recipeOf } from '../recipes.js';
import { stretched } from '../pictures.js';
import { resizePlane, type Plane } from '../tensor.js';

const MATTINGS: Partial<Record<OnnxRecipe, Matting>> = { u2net, isnet, birefnet, modnet };
/** In the order of preference where a task brings several. */
export const GENERAL: OnnxRecipe[] = ['birefnet', 'isnet', 'u2net', 'modnet'];
export const PORTRAIT: OnnxRecipe[] = ['modnet', 'birefnet', 'isnet', 'u2net'];

/** Alpha 0 … 1 at the size of the picture. */
export async function alphaOf(picture: Picture, weights: EngineWeights, graph: Graph): Promise<Plane> {
  const matting = MATTINGS[recipeOf(weights.name)!.prefix]!;
  const { width, height } = matting.sizeFor(picture.width, picture.height);
  const [output] = await graph.run([matting.before(await stretched(picture, width, height, 'lanczos3'))]);
  return resizePlane(matting.after(output!), picture.width, picture.height);
}
