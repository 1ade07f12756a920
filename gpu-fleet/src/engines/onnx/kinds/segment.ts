/** Click to select. The picture is embedded once; a further click on it opens and runs the decoder alone. */
import { createHash } from 'node:crypto';
import { clicksOf } from '../../builtin/bounds.js';
import { readPicture } from '../../builtin/picture.js';
import type { Graph } from '../graph.js';
import { bestMask, decoderInput, encoderInput, SAM_SIDE, type Embedding } from '../models/sam2.js';
import { maskOutput, stretched } from '../pictures.js';
import type { Tensor } from '../tensor.js';
import { factsOf, weightsOf, withGraphs, type KindOf } from './kind.js';

const STEPS = 2;

export const segment: KindOf<'segment'> = async ({ points = [] }, job) => {
  const encoder = weightsOf(job, 'sam2-encoder');
  const decoder = points.length > 0 ? weightsOf(job, 'sam2-decoder') : null;
  const bytes = job.inputs.get('image');
  const key = `${createHash('sha256').update(bytes).digest('hex')} ${encoder.digest}`;
  const kept = job.embeddings.find(key);
  const needed = [...(kept ? [] : [encoder]), ...(decoder ? [decoder] : [])];
  return withGraphs(job, needed, async (graphs) => {
    // The same word either way: whoever clicks must not learn that somebody else has clicked on this very picture.
    await job.course.step(0, STEPS, 'embedding');
    const embedding = kept ?? (await embed(bytes, graphs[0]!));
    job.embeddings.keep(key, embedding);
    await job.course.step(1, STEPS, 'segmenting');
    if (!decoder) return { outputs: [], steps: STEPS };
    const [masks, trust] = await graphs.at(-1)!.run(decoderInput(embedding, clicksOf(points, embedding)));
    const { width, height } = embedding;
    const { mask, score } = bestMask(masks!, trust!, width, height, decoder.name);
    await job.course.step(STEPS, STEPS, 'encoding');
    const facts = factsOf(job, [encoder, decoder], { score: Math.round(score * 1000) / 1000 });
    return { outputs: [await maskOutput(mask, width, height, facts)], steps: STEPS };
  });
};

async function embed(bytes: Uint8Array, encoder: Graph): Promise<Embedding> {
  const picture = await readPicture(bytes);
  const square = encoderInput(await stretched(picture, SAM_SIDE, SAM_SIDE, 'linear'));
  const [highRes0, highRes1, image] = (await encoder.run([square])) as [Tensor, Tensor, Tensor];
  return { highRes0, highRes1, image, width: picture.width, height: picture.height };
}
