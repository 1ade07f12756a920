/** Pictures of the still families: SD 1.5, SDXL, SD 3, Flux; txt2img, img2img, inpaint, outpaint. */
import { FAMILIES, type DiffusionFamily, type DiffusionTask, type TaskParameters } from '@atelier/contracts';
import { loadBase, stackLoras, type BaseModel } from './base-model.js';
import { guide, type Guided } from './controls.js';
import { GraphBuilder, needFile, type Graph, type GraphSource, type Link } from './graph.js';
import { promptWords } from './words.js';

export type PictureKind = 'txt2img' | 'img2img' | 'inpaint' | 'outpaint';
export type PictureTask = { [K in PictureKind]: { kind: K; parameters: TaskParameters[K] } }[PictureKind];

interface Start {
  latent: Link;
  positive: Link;
  negative: Link;
  /** Share of the noise that is put on it. */
  denoise: number;
  model: Link;
}

export function pictureGraph(task: PictureTask, source: GraphSource): Graph {
  const graph = new GraphBuilder();
  const { parameters } = task;
  const family = parameters.family as DiffusionFamily;
  const base = stackLoras(graph, source, loadBase(graph, source, family), parameters.loras);
  const guided = guide(graph, source, parameters, base.vae, { model: base.model, ...conditioning(graph, source, base, parameters) });
  const start = startOf(graph, task, source, base, guided);
  const steps = Math.max(1, Math.round(parameters.steps * start.denoise));
  const sampler = sample(graph, parameters, family, start, steps);
  const output = graph.add('SaveImage', { images: decode(graph, [sampler, 0], base.vae, source), filename_prefix: 'atelier/picture' });
  return graph.build(output, sampler, steps);
}

/** Flux knows guidance as part of the conditioning and has no negative prompt; the others are guided by the difference of two prompts. */
function conditioning(graph: GraphBuilder, source: GraphSource, { clip }: BaseModel, task: DiffusionTask): Pick<Guided, 'positive' | 'negative'> {
  const text = (words: string) => promptWords(words, task.embeddings, source);
  const positive: Link = [graph.add('CLIPTextEncode', { text: text(task.prompt), clip }, { text: 'prompt' }), 0];
  if (task.family === 'flux') {
    const guidance: Link = [graph.add('FluxGuidance', { conditioning: positive, guidance: task.cfgScale }, { guidance: 'cfgScale' }), 0];
    return { positive: guidance, negative: [graph.add('ConditioningZeroOut', { conditioning: positive }), 0] };
  }
  return { positive, negative: [graph.add('CLIPTextEncode', { text: text(task.negativePrompt), clip }, { text: 'negativePrompt' }), 0] };
}

function startOf(graph: GraphBuilder, task: PictureTask, source: GraphSource, { vae }: BaseModel, on: Guided): Start {
  if (task.kind === 'txt2img') return { ...on, latent: emptyLatent(graph, task.parameters), denoise: 1 };
  const pixels: Link = [graph.add('LoadImage', { image: needFile(source, 'image') }, { image: 'image' }), 0];
  if (task.kind === 'img2img') return { ...on, latent: encode(graph, pixels, vae, source), denoise: task.parameters.strength };
  if (task.kind === 'inpaint') {
    const mask: Link = [graph.add('LoadImageMask', { image: needFile(source, 'mask'), channel: 'red' }, { image: 'mask' }), 0];
    return { ...remake(graph, on, vae, pixels, mask), denoise: task.parameters.strength };
  }
  const { left, top, right, bottom, feather } = task.parameters;
  const sides = { left, top, right, bottom };
  const fields = { left: 'left', top: 'top', right: 'right', bottom: 'bottom', feathering: 'feather' };
  const padded = graph.add('ImagePadForOutpaint', { image: pixels, ...sides, feathering: feather }, fields);
  return { ...remake(graph, on, vae, [padded, 0], [padded, 1]), denoise: 1 };
}

/** Serves inpainting checkpoints, which see the hole, and all others, whose noise it limits; a soft mask is honoured step by step. */
function remake(graph: GraphBuilder, on: Guided, vae: Link, pixels: Link, mask: Link): Omit<Start, 'denoise'> {
  const id = graph.add('InpaintModelConditioning', { positive: on.positive, negative: on.negative, vae, pixels, mask, noise_mask: true });
  return { positive: [id, 0], negative: [id, 1], latent: [id, 2], model: [graph.add('DifferentialDiffusion', { model: on.model }), 0] };
}

function emptyLatent(graph: GraphBuilder, { family, width, height }: DiffusionTask): Link {
  const multiple = FAMILIES[family as DiffusionFamily].sideMultiple;
  const up = (side: number) => Math.ceil(side / multiple) * multiple;
  const node = family === 'sd3' || family === 'flux' ? 'EmptySD3LatentImage' : 'EmptyLatentImage';
  return [graph.add(node, { width: up(width), height: up(height), batch_size: 1 }, { width: 'width', height: 'height' }), 0];
}

/** `steps` are those really done: the noise of a partial start is that of the last steps of the whole schedule. */
function sample(
  graph: GraphBuilder,
  task: DiffusionTask,
  family: DiffusionFamily,
  { latent, positive, negative, denoise, model }: Start,
  steps: number,
): string {
  const inputs = {
    model,
    seed: task.seed,
    steps,
    cfg: family === 'flux' ? 1 : task.cfgScale,
    sampler_name: task.sampler,
    scheduler: task.scheduler,
    positive,
    negative,
    latent_image: latent,
    denoise,
  };
  const fields = { seed: 'seed', steps: 'steps', sampler_name: 'sampler', scheduler: 'scheduler', denoise: 'strength' };
  return graph.add('KSampler', inputs, family === 'flux' ? fields : { ...fields, cfg: 'cfgScale' });
}

function encode(graph: GraphBuilder, pixels: Link, vae: Link, { lowMemory }: GraphSource): Link {
  if (lowMemory) return [graph.add('VAEEncodeTiled', { pixels, vae, tile_size: 512, overlap: 64, temporal_size: 64, temporal_overlap: 8 }), 0];
  return [graph.add('VAEEncode', { pixels, vae }), 0];
}

export function decode(graph: GraphBuilder, samples: Link, vae: Link, { lowMemory }: GraphSource): Link {
  if (lowMemory) return [graph.add('VAEDecodeTiled', { samples, vae, tile_size: 256, overlap: 64, temporal_size: 16, temporal_overlap: 4 }), 0];
  return [graph.add('VAEDecode', { samples, vae }), 0];
}
