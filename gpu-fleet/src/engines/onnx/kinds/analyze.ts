/** What can be learned of a picture: its depth, the things in it, whether it is fit to be shown, its direction among meanings. */
import type { Analysis, OnnxRecipe } from '@atelier/contracts';
import sharp from 'sharp';
import { readPicture, type Picture } from '../../builtin/picture.js';
import { EngineInputError, type EngineOutput } from '../../engine.js';
import type { Graph } from '../graph.js';
import { COCO } from '../models/coco.js';
import { detections, detectorInput, detectorSize, type DetectorLayout } from '../models/detector.js';
import { midasInput, nearness } from '../models/midas.js';
import { labelsOf, NSFW_SIDE, nsfwInput, shares } from '../models/nsfw.js';
import { CLIP_SIDE, clipInput, direction } from '../models/openclip.js';
import { greyOutput, pictureOutput, stretched } from '../pictures.js';
import { byteOf, resizePlane } from '../tensor.js';
import { factsOf, weightsOf, withGraphs, type KindOf } from './kind.js';

const STEPS = 2;
type Facts = (found: Record<string, unknown>) => Record<string, unknown>;
interface Look {
  recipe: OnnxRecipe;
  at: (picture: Picture, graph: Graph, facts: Facts) => Promise<EngineOutput>;
}

const LOOKS: Readonly<Record<Analysis, Look>> = {
  depth: { recipe: 'midas', at: depth },
  objects: { recipe: 'detector', at: objects },
  safety: { recipe: 'nsfw', at: safety },
  embedding: { recipe: 'openclip', at: embedding },
};

export const analyze: KindOf<'analyze'> = async ({ what }, job) => {
  const look = LOOKS[what];
  if (!look) throw new EngineInputError('bad_parameters', `what is ${JSON.stringify(what)}: use one of ${Object.keys(LOOKS).join(', ')}.`);
  const weights = weightsOf(job, look.recipe);
  return withGraphs(job, [weights], async ([graph]) => {
    await job.course.step(0, STEPS, 'analyzing');
    const picture = await readPicture(job.inputs.get('image'));
    const output = await look.at(picture, graph!, (found) => factsOf(job, [weights], { what, ...found }));
    await job.course.step(STEPS, STEPS, 'encoding');
    return { outputs: [output], steps: STEPS };
  });
};

async function depth(picture: Picture, graph: Graph, facts: Facts): Promise<EngineOutput> {
  const side = Number(graph.layout);
  const [output] = await graph.run([midasInput(await stretched(picture, side, side, 'cubic'))]);
  const map = resizePlane(nearness(output!), picture.width, picture.height);
  return greyOutput('image', Uint8Array.from(map.data, byteOf), picture.width, picture.height, facts({}));
}

async function objects(picture: Picture, graph: Graph, facts: Facts): Promise<EngineOutput> {
  const { width, height } = picture;
  const layout = graph.layout as DetectorLayout;
  const size = detectorSize(layout, width, height);
  const outputs = await graph.run([detectorInput(layout, await stretched(picture, size.width, size.height, 'linear'))]);
  const boxes = detections(layout, outputs, width, height);
  const found = boxes.map(({ label, score, ...place }) => ({ name: COCO[label] ?? `class ${label}`, score: rounded(score), ...rounding(place) }));
  return pictureOutput(await outlined(picture, boxes), facts({ objects: found }));
}

async function safety(picture: Picture, graph: Graph, facts: Facts): Promise<EngineOutput> {
  const square = await stretched(picture, NSFW_SIDE, NSFW_SIDE, 'cubic');
  const [output] = await graph.run([nsfwInput(square)]);
  const parts = shares(output!, 'nsfw');
  const labels = labelsOf(parts.length);
  return pictureOutput(square, facts({ safety: Object.fromEntries(parts.map((share, index) => [labels[index], rounded(share)])) }));
}

async function embedding(picture: Picture, graph: Graph, facts: Facts): Promise<EngineOutput> {
  const square = await middle(picture, CLIP_SIDE);
  const [output] = await graph.run([clipInput(square)]);
  const towards = direction(output!);
  return pictureOutput(square, facts({ embedding: Buffer.from(towards.buffer, towards.byteOffset, towards.byteLength).toString('base64') }));
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
const rounding = <T extends Record<string, number>>(place: T): T =>
  Object.fromEntries(Object.entries(place).map(([name, value]) => [name, Math.round(value)])) as T;

/** The middle square, as CLIP was trained to see. */
async function middle({ data, width, height, channels }: Picture, side: number): Promise<Picture> {
  const out = await sharp(data, { raw: { width, height, channels } }).removeAlpha().resize(side, side, { fit: 'cover', kernel: 'cubic' }).raw().toBuffer();
  return { width: side, height: side, channels: 3, data: out };
}

/** The boxes drawn into the picture, with a line that shows on any ground. */
async function outlined(picture: Picture, boxes: readonly { left: number; top: number; width: number; height: number }[]): Promise<Picture> {
  const { width, height, channels, data } = picture;
  const line = Math.max(2, Math.round(Math.min(width, height) / 200));
  const draw = (stroke: string, thickness: number): string =>
    boxes
      .map(
        ({ left, top, width: w, height: h }) =>
          `<rect x="${left}" y="${top}" width="${w}" height="${h}" fill="none" stroke="${stroke}" stroke-width="${thickness}"/>`,
      )
      .join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${draw('#141311', line * 2)}${draw('#faf9f7', line)}</svg>`;
  const out = await sharp(data, { raw: { width, height, channels } })
    .composite([{ input: Buffer.from(svg) }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { width, height, channels: 3, data: out };
}
