/** Restores faces: found by landmarks where the task brings a face detector, else the middle of the picture is taken for one. */
import { readPicture, type Picture } from '../../builtin/picture.js';
import { shareOf } from '../../builtin/bounds.js';
import { EngineInputError } from '../../engine.js';
import type { Graph } from '../graph.js';
import { letterbox } from '../models/boxes.js';
import { centred, cropFace, faceInput, FFHQ_TEMPLATE, pasteFace, similarity, type Similarity } from '../models/face.js';
import { facesOf, yunetInput, YUNET_SIDE } from '../models/yunet.js';
import { pictureOutput, stretched } from '../pictures.js';
import { tensor } from '../tensor.js';
import { factsOf, findWeights, weightsOf, withGraphs, type KindOf } from './kind.js';

const FACES_MAX = 32;

export const faceRestore: KindOf<'face-restore'> = async (parameters, job) => {
  const { method } = parameters;
  if (method !== 'gfpgan' && method !== 'codeformer')
    throw new EngineInputError('bad_parameters', `method is ${JSON.stringify(method)}: use gfpgan or codeformer.`);
  const fidelity = shareOf(parameters, 'fidelity');
  const weights = weightsOf(job, method);
  const detector = findWeights(job, 'face-detector');
  return withGraphs(job, [weights, ...(detector ? [detector] : [])], async ([graph, finder]) => {
    await job.course.step(0, 1, 'detecting');
    const picture = await readPicture(job.inputs.get('image'));
    const places = finder ? await facesIn(picture, finder) : [centred(picture.width, picture.height)];
    for (const [i, place] of places.entries()) {
      await job.course.step(i, places.length, 'restoring', () => picture);
      const face = faceInput(cropFace(picture, place));
      // CodeFormer weighs fidelity itself; GFPGAN knows none, so that half of the original stays at most.
      const [restored] = await graph!.run(method === 'codeformer' ? [face, tensor([1], [fidelity])] : [face]);
      pasteFace(picture, restored!, place, method === 'codeformer' ? 1 : 1 - fidelity / 2);
    }
    const steps = Math.max(1, places.length);
    await job.course.step(steps, steps, 'encoding');
    const facts = factsOf(job, [weights, ...(detector ? [detector] : [])], { method, faces: finder ? places.length : null });
    return { outputs: [await pictureOutput(picture, facts)], steps };
  });
};

async function facesIn(picture: Picture, detector: Graph): Promise<Similarity[]> {
  const box = letterbox(picture.width, picture.height, YUNET_SIDE);
  const outputs = await detector.run([yunetInput(await stretched(picture, box.width, box.height, 'linear'))]);
  const faces = facesOf(outputs, picture.width, picture.height).slice(0, FACES_MAX);
  return faces.map(({ landmarks }) => similarity(landmarks, FFHQ_TEMPLATE));
}
