/** Every operation of the public API (`POST /jobs {operation}`); the paths under /generate and /visual are sugar for these. */
export const OPERATIONS = ['txt2img', 'img2img', 'upscale', 'remove-background'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Samplers and schedulers the public API accepts (the names of the field, as ComfyUI spells them). */
export const SAMPLERS = [
  'euler',
  'euler_ancestral',
  'heun',
  'dpm_2',
  'dpm_2_ancestral',
  'lms',
  'dpmpp_2s_ancestral',
  'dpmpp_sde',
  'dpmpp_2m',
  'dpmpp_2m_sde',
  'ddim',
  'uni_pc',
] as const;
export const SCHEDULERS = ['normal', 'karras', 'exponential', 'sgm_uniform', 'simple', 'ddim_uniform'] as const;

/** Bounds of the public parameters; DTOs, web forms and engines read them from here. */
export const PARAMETER_LIMITS = {
  sideMin: 64,
  sideMax: 4096,
  sideMultiple: 8,
  stepsMax: 150,
  cfgScaleMin: 1,
  cfgScaleMax: 30,
  batchSizeMax: 8,
  batchCountMax: 10,
  promptLengthMax: 4000,
  /** Seeds are unsigned 32-bit so that JSON numbers carry them exactly. */
  seedMax: 4294967295,
  /** Largest picture an upload may hold, in pixels (domain §2: 40 megapixels). */
  uploadPixelsMax: 40_000_000,
} as const;

export interface LoraUse {
  model: string;
  weight: number;
}
export interface ControlNetUse {
  type: string;
  image: string;
  strength: number;
}

export interface Txt2ImgParameters {
  prompt: string;
  negativePrompt: string;
  width: number;
  height: number;
  steps: number;
  cfgScale: number;
  sampler: string;
  scheduler: string;
  seed?: number;
  batchSize: number;
  batchCount: number;
  model?: string;
  loras?: LoraUse[];
  controlNets?: ControlNetUse[];
}
export interface Img2ImgParameters extends Txt2ImgParameters {
  image: string;
  strength: number;
}
export interface UpscaleParameters {
  image: string;
  factor: 2 | 4;
  style: 'photo' | 'anime';
}
export interface RemoveBackgroundParameters {
  image: string;
  /** `transparent`, a CSS colour name of the short list, or `#rrggbb`. */
  background: string;
}
export interface OperationParameters {
  txt2img: Txt2ImgParameters;
  img2img: Img2ImgParameters;
  upscale: UpscaleParameters;
  'remove-background': RemoveBackgroundParameters;
}

/** Colour names `remove-background` understands beside `transparent` and `#rrggbb`. */
export const BACKGROUND_COLOURS: Readonly<Record<string, string>> = {
  white: '#ffffff',
  black: '#000000',
  grey: '#808080',
  gray: '#808080',
  red: '#ff0000',
  green: '#00ff00',
  blue: '#0000ff',
};

/**
 * What one task asks of an engine. One task makes one picture; a job of n pictures is n tasks with seeds seed, seed+1, ….
 * Input pictures arrive beside the parameters as `LeasedTask.inputs` (by name: `image`, `mask`).
 */
export interface TaskParameters {
  txt2img: {
    prompt: string;
    negativePrompt: string;
    width: number;
    height: number;
    steps: number;
    cfgScale: number;
    sampler: string;
    scheduler: string;
    seed: number;
    model: string;
  };
  img2img: TaskParameters['txt2img'] & { strength: number };
  upscale: { factor: 2 | 4; style: 'photo' | 'anime' };
  'remove-background': { background: string };
}
export type TaskKind = keyof TaskParameters;
