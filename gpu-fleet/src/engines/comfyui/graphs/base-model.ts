/** The loaders: checkpoint or its parts, VAE, LoRA stack. One entry a family where they differ. */
import type { DiffusionFamily, DiffusionTask } from '@atelier/contracts';
import { listedName, needWeights, weightsOf, type GraphBuilder, type GraphSource, type Link } from './graph.js';

export interface BaseModel {
  model: Link;
  clip: Link;
  vae: Link;
}

/** `type` of the text encoder loaders, for families whose encoders may be files of their own. */
const CLIP_TYPE: Readonly<Partial<Record<DiffusionFamily, string>>> = {
  sd15: 'stable_diffusion',
  sdxl: 'sdxl',
  sd3: 'sd3',
  flux: 'flux',
  ltx: 'ltxv',
  wan: 'wan',
};

export function loadBase(graph: GraphBuilder, source: GraphSource, family: DiffusionFamily): BaseModel {
  const [bare] = weightsOf(source, 'diffusion_model');
  const encoders = weightsOf(source, 'text_encoder');
  const [vae] = weightsOf(source, 'vae');
  let model: Link;
  let clip: Link | undefined;
  let ownVae: Link | undefined;
  if (bare) {
    const precision = source.lowMemory ? 'fp8_e4m3fn' : 'default';
    model = [graph.add('UNETLoader', { unet_name: listedName(bare), weight_dtype: precision }, { unet_name: 'model' }), 0];
  } else {
    const checkpoint = needWeights(source, 'checkpoint', `the family ${family}`);
    const id = graph.add('CheckpointLoaderSimple', { ckpt_name: listedName(checkpoint) }, { ckpt_name: 'model' });
    [model, clip, ownVae] = [
      [id, 0],
      [id, 1],
      [id, 2],
    ];
  }
  if (encoders.length > 0) clip = loadEncoders(graph, encoders.map(listedName), family);
  if (vae) ownVae = [graph.add('VAELoader', { vae_name: listedName(vae) }, { vae_name: 'model' }), 0];
  if (!clip) needWeights(source, 'text_encoder', `a bare diffusion model of the family ${family}`);
  if (!ownVae) needWeights(source, 'vae', `a bare diffusion model of the family ${family}`);
  return { model, clip: clip!, vae: ownVae! };
}

function loadEncoders(graph: GraphBuilder, names: string[], family: DiffusionFamily): Link {
  const type = CLIP_TYPE[family] ?? 'stable_diffusion';
  const [first, second, third] = names;
  if (third) return [graph.add('TripleCLIPLoader', { clip_name1: first!, clip_name2: second!, clip_name3: third }), 0];
  if (second) return [graph.add('DualCLIPLoader', { clip_name1: first!, clip_name2: second, type }), 0];
  return [graph.add('CLIPLoader', { clip_name: first!, type }), 0];
}

/** LoRAs in the task's order: model and text encoder of each come out of the one before. */
export function stackLoras(graph: GraphBuilder, source: GraphSource, base: BaseModel, loras: DiffusionTask['loras']): BaseModel {
  return (loras ?? []).reduce((on, { digest, weight }, i) => {
    const file = weightsOf(source, 'lora').find((w) => w.digest === digest) ?? needWeights({ ...source, weights: [] }, 'lora', `loras[${i}]`);
    const id = graph.add(
      'LoraLoader',
      { model: on.model, clip: on.clip, lora_name: listedName(file), strength_model: weight, strength_clip: weight },
      { lora_name: `loras[${i}].model`, strength_model: `loras[${i}].weight`, strength_clip: `loras[${i}].weight` },
    );
    return { ...on, model: [id, 0], clip: [id, 1] };
  }, base);
}
