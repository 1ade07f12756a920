import type { ControlType, Operation } from './operations.js';

export const MODEL_TYPES = ['checkpoint', 'lora', 'embedding', 'controlnet', 'vae', 'upscaler', 'onnx'] as const;
export type ModelType = (typeof MODEL_TYPES)[number];

/** What runs a model: an engine on a box, or somebody else's service that the control role calls. */
export const MODEL_ENGINES = ['builtin', 'comfyui', 'onnx', 'external'] as const;
export type ModelEngine = (typeof MODEL_ENGINES)[number];

/** Families of checkpoints: weights of one family fit together (LoRA, ControlNet, VAE) and share a graph. */
export const DIFFUSION_FAMILIES = ['sd15', 'sdxl', 'sd3', 'flux', 'svd', 'animatediff', 'ltx', 'wan'] as const;
export type DiffusionFamily = (typeof DIFFUSION_FAMILIES)[number];

export interface FamilyFacts {
  name: string;
  /** Side in pixels it was trained for; the form starts there. */
  nativeSide: number;
  sideMultiple: number;
  negativePrompt: boolean;
  loras: boolean;
  embeddings: boolean;
  controls: readonly ControlType[];
  operations: readonly Operation[];
  defaults: { steps: number; cfgScale: number; sampler: string; scheduler: string };
  /** Factor on the price of a picture (domain §3: SDXL-class models count twice). */
  priceFactor: 1 | 2;
  /** Frames of a clip are `frameStep · n + 1`; null: makes no clips, or takes any number. */
  frameStep: number | null;
}

const CONTROLS: readonly ControlType[] = ['canny', 'pose', 'depth', 'soft_edge', 'line_art', 'scribble', 'segmentation', 'ip_adapter'];
const PICTURES: readonly Operation[] = ['txt2img', 'img2img', 'inpaint', 'outpaint'];

/** What each family can do; forms, validation and graphs read it from here. */
export const FAMILIES: Readonly<Record<DiffusionFamily, FamilyFacts>> = {
  sd15: {
    name: 'Stable Diffusion 1.5',
    nativeSide: 512,
    sideMultiple: 8,
    negativePrompt: true,
    loras: true,
    embeddings: true,
    controls: CONTROLS,
    operations: PICTURES,
    defaults: { steps: 25, cfgScale: 7, sampler: 'dpmpp_2m', scheduler: 'karras' },
    priceFactor: 1,
    frameStep: null,
  },
  sdxl: {
    name: 'Stable Diffusion XL',
    nativeSide: 1024,
    sideMultiple: 8,
    negativePrompt: true,
    loras: true,
    embeddings: true,
    controls: CONTROLS,
    operations: PICTURES,
    defaults: { steps: 30, cfgScale: 6, sampler: 'dpmpp_2m', scheduler: 'karras' },
    priceFactor: 2,
    frameStep: null,
  },
  sd3: {
    name: 'Stable Diffusion 3',
    nativeSide: 1024,
    sideMultiple: 16,
    negativePrompt: true,
    loras: true,
    embeddings: false,
    controls: ['canny', 'pose', 'depth'],
    operations: PICTURES,
    defaults: { steps: 28, cfgScale: 4.5, sampler: 'dpmpp_2m', scheduler: 'sgm_uniform' },
    priceFactor: 2,
    frameStep: null,
  },
  flux: {
    name: 'Flux',
    nativeSide: 1024,
    sideMultiple: 16,
    negativePrompt: false,
    loras: true,
    embeddings: false,
    controls: ['canny', 'depth'],
    operations: PICTURES,
    defaults: { steps: 20, cfgScale: 3.5, sampler: 'euler', scheduler: 'simple' },
    priceFactor: 2,
    frameStep: null,
  },
  svd: {
    name: 'Stable Video Diffusion',
    nativeSide: 1024,
    sideMultiple: 8,
    negativePrompt: false,
    loras: false,
    embeddings: false,
    controls: [],
    operations: ['video'],
    defaults: { steps: 20, cfgScale: 2.5, sampler: 'euler', scheduler: 'karras' },
    priceFactor: 2,
    frameStep: null,
  },
  animatediff: {
    name: 'AnimateDiff',
    nativeSide: 512,
    sideMultiple: 8,
    negativePrompt: true,
    loras: true,
    embeddings: true,
    controls: [],
    operations: ['video'],
    defaults: { steps: 25, cfgScale: 7.5, sampler: 'euler_ancestral', scheduler: 'normal' },
    priceFactor: 1,
    frameStep: null,
  },
  ltx: {
    name: 'LTX Video',
    nativeSide: 768,
    sideMultiple: 32,
    negativePrompt: true,
    loras: true,
    embeddings: false,
    controls: [],
    operations: ['video'],
    defaults: { steps: 30, cfgScale: 3, sampler: 'euler', scheduler: 'normal' },
    priceFactor: 2,
    frameStep: 8,
  },
  wan: {
    name: 'Wan',
    nativeSide: 832,
    sideMultiple: 16,
    negativePrompt: true,
    loras: true,
    embeddings: false,
    controls: [],
    operations: ['video'],
    defaults: { steps: 25, cfgScale: 5, sampler: 'uni_pc', scheduler: 'simple' },
    priceFactor: 2,
    frameStep: 4,
  },
};

export type CommercialUse = 'allowed' | 'review' | 'forbidden';
export interface Licence {
  /** SPDX identifier where there is one, e.g. `Apache-2.0`, else the licence's short name. */
  tag: string;
  name: string;
  url: string;
  /** `review` and `forbidden` are switched off until an operator says why they may be used here. */
  commercialUse: CommercialUse;
}

/** What a file is to the engine that opens it. A model is one or more files. */
export const WEIGHT_ROLES = [
  'checkpoint',
  'diffusion_model',
  'text_encoder',
  'clip_vision',
  'vae',
  'lora',
  'embedding',
  'controlnet',
  'ip_adapter',
  'motion',
  'upscaler',
  'encoder',
  'decoder',
  'graph',
] as const;
export type WeightRole = (typeof WEIGHT_ROLES)[number];
export type WeightFormat = 'safetensors' | 'onnx';

/** Seed 0's states. `AUTOMATIC` moves between COLD, WARM and HOT by itself; OFF holds every task that needs the model. */
export const THERMAL_MODES = ['OFF', 'COLD', 'WARM', 'HOT', 'AUTOMATIC'] as const;
export type ThermalMode = (typeof THERMAL_MODES)[number];
export const SERVICE_STATES = ['RUNNING', 'DEGRADED', 'DISABLED', 'OFFLINE'] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

/**
 * What the `onnx` engine can do with a file, told by how the file's name (`WeightsRef.name`) begins: the recipe fixes the graph's inputs,
 * outputs, pre- and post-processing. The longest one that fits counts.
 */
export const ONNX_RECIPES = [
  'sam2-encoder',
  'sam2-decoder',
  'u2net',
  'isnet',
  'birefnet',
  'modnet',
  'bgmv2',
  'lama',
  'realesrgan-x2',
  'realesrgan-x4',
  'realesrgan-anime',
  'gfpgan',
  'codeformer',
  'face-detector',
  'rife',
  'midas',
  'openclip',
  'detector',
  'nsfw',
] as const;
export type OnnxRecipe = (typeof ONNX_RECIPES)[number];
