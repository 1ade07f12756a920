/** What each family needs of ComfyUI's own nodes: found by building its graphs, so that it is never another list to keep. Pure. */
import { DIFFUSION_FAMILIES, FAMILIES, type WeightRole } from '@atelier/contracts';
import type { EngineWeights } from '../engines/engine.js';
import { checkGraph, specOf, type ObjectInfo } from '../engines/comfyui/graphs/check-graph.js';
import type { Graph, GraphSource } from '../engines/comfyui/graphs/graph.js';
import { OPTIONAL_NODES } from '../engines/comfyui/graphs/packs.js';
import { pictureGraph, type PictureTask } from '../engines/comfyui/graphs/picture.js';
import { upscaleGraph } from '../engines/comfyui/graphs/upscale.js';
import { videoGraph } from '../engines/comfyui/graphs/video.js';
import type { ComfyuiFacts } from './facts.js';

const file = (role: WeightRole): EngineWeights => ({ digest: role, role, name: role, format: 'safetensors', path: '', bytes: 0, vramMb: 0 });
const WHOLE: readonly WeightRole[] = ['checkpoint', 'motion', 'upscaler', 'text_encoder'];
const IN_PARTS: readonly WeightRole[] = ['diffusion_model', 'text_encoder', 'vae', 'clip_vision'];
const SIZE = { width: 64, height: 64 };

/** Folder of models → the node whose list shows it, and the input. */
const LISTS: Readonly<Record<string, readonly [node: string, input: string]>> = {
  checkpoints: ['CheckpointLoaderSimple', 'ckpt_name'],
  diffusion_models: ['UNETLoader', 'unet_name'],
  text_encoders: ['CLIPLoader', 'clip_name'],
  vae: ['VAELoader', 'vae_name'],
  loras: ['LoraLoader', 'lora_name'],
  controlnet: ['ControlNetLoader', 'control_net_name'],
  upscale_models: ['UpscaleModelLoader', 'model_name'],
};

export function familiesOf(info: ObjectInfo): ComfyuiFacts['families'] {
  const beyondCore = new Set(OPTIONAL_NODES.map(({ node }) => node));
  const lacked = (graphs: Graph[]): string[] => {
    const faults = graphs.flatMap((graph) => checkGraph(graph, info)).filter(({ type }) => type === 'missing_node_type');
    return [...new Set(faults.map(({ classType }) => classType))].filter((node) => !beyondCore.has(node));
  };
  const families = DIFFUSION_FAMILIES.map((family) => ({
    name: FAMILIES[family].name,
    operations: FAMILIES[family].operations,
    missing: lacked(FAMILIES[family].operations.flatMap((operation) => graphsOf(family, operation))),
  }));
  const upscaling = lacked([upscaleGraph({ factor: 2, style: 'photo' } as never, sourceOf(WHOLE), SIZE)]);
  return [...families, { name: 'upscaling by a model', operations: ['upscale'], missing: upscaling }];
}

export function missingPacks(info: ObjectInfo): ComfyuiFacts['missing'] {
  return OPTIONAL_NODES.filter(({ node }) => !info[node]).map((optional) => ({ ...optional }));
}

export function modelsOf(info: ObjectInfo): Record<string, string[]> {
  const list = ([node, input]: readonly [string, string]): string[] => (specOf(info[node]?.input.required?.[input])?.options ?? []).map(String);
  return Object.fromEntries(Object.entries(LISTS).map(([folder, at]) => [folder, list(at)]));
}

function graphsOf(family: string, operation: string): Graph[] {
  const { defaults } = FAMILIES[family as keyof typeof FAMILIES];
  const parameters = { prompt: '', negativePrompt: '', ...SIZE, ...defaults, seed: 1, model: 'm', family, strength: 1, feather: 0, frames: 9, fps: 8 };
  const task = { ...parameters, left: 64, top: 0, right: 0, bottom: 0, motionBucket: 127 };
  const source = sourceOf(family === 'wan' ? IN_PARTS : WHOLE);
  if (operation !== 'video') return [pictureGraph({ kind: operation, parameters: task } as unknown as PictureTask, source)];
  const fromWords = family === 'svd' ? [] : [videoGraph(task as never, { ...source, files: {} })];
  return [...fromWords, videoGraph(task as never, source)];
}

const sourceOf = (roles: readonly WeightRole[]): GraphSource => ({
  weights: roles.map(file),
  files: { image: 'image.png', mask: 'mask.png' },
  lowMemory: false,
});
