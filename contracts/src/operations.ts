/** Every operation of the public API, agreed upon (`POST /jobs {operation}`); the paths under /generate and /visual are sugar for these. */
export const OPERATIONS = [
  'txt2img',
  'img2img',
  'inpaint',
  'outpaint',
  'upscale',
  'video',
  'segment',
  'segment-session',
  'clean-up',
  'smart-remove',
  'matte',
  'remove-background',
  'face-restore',
  'interpolate',
  'mask',
  'propagate-mask',
  'analyze',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Samplers and schedulers of the public API, by the names ComfyUI gives them (all of its 44 and 9). */
export const SAMPLERS = [
  'euler',
  'euler_cfg_pp',
  'euler_ancestral',
  'euler_ancestral_cfg_pp',
  'heun',
  'heunpp2',
  'exp_heun_2_x0',
  'exp_heun_2_x0_sde',
  'dpm_2',
  'dpm_2_ancestral',
  'lms',
  'dpm_fast',
  'dpm_adaptive',
  'dpmpp_2s_ancestral',
  'dpmpp_2s_ancestral_cfg_pp',
  'dpmpp_sde',
  'dpmpp_sde_gpu',
  'dpmpp_2m',
  'dpmpp_2m_cfg_pp',
  'dpmpp_2m_sde',
  'dpmpp_2m_sde_gpu',
  'dpmpp_2m_sde_heun',
  'dpmpp_2m_sde_heun_gpu',
  'dpmpp_3m_sde',
  'dpmpp_3m_sde_gpu',
  'ddpm',
  'lcm',
  'ipndm',
  'ipndm_v',
  'deis',
  'res_multistep',
  'res_multistep_cfg_pp',
  'res_multistep_ancestral',
  'res_multistep_ancestral_cfg_pp',
  'gradient_estimation',
  'gradient_estimation_cfg_pp',
  'er_sde',
  'seeds_2',
  'seeds_3',
  'sa_solver',
  'sa_solver_pece',
  'ddim',
  'uni_pc',
  'uni_pc_bh2',
] as const;
export const SCHEDULERS = ['normal', 'karras', 'exponential', 'sgm_uniform', 'simple', 'ddim_uniform', 'beta', 'linear_quadratic', 'kl_optimal'] as const;

/** What may guide a picture. `ip_adapter` guides by a picture's content and style and needs a node pack; the others are ControlNets. */
export const CONTROL_TYPES = ['canny', 'pose', 'depth', 'soft_edge', 'line_art', 'scribble', 'segmentation', 'ip_adapter'] as const;
export type ControlType = (typeof CONTROL_TYPES)[number];

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
  lorasMax: 8,
  controlNetsMax: 4,
  /** Pixels over which an inpainted edge fades, and by which a mask may grow or shrink. */
  featherMax: 256,
  growMax: 256,
  /** Clicks of one segmentation. */
  pointsMax: 64,
  /** Frames of one video, and of one interpolation's result. */
  videoFramesMax: 257,
  interpolatedFramesMax: 2000,
  fpsMax: 60,
  targetFpsMax: 120,
} as const;

export interface LoraUse {
  model: string;
  weight: number;
}
export interface ControlNetUse {
  type: ControlType;
  image: string;
  strength: number;
  /** Share of the steps between which it guides. */
  start?: number;
  end?: number;
  /** False: `image` is a control picture already (edges, a skeleton, depth) and is used as it is. Default true. */
  preprocess?: boolean;
}
export interface Point {
  /** Pixels of the picture as displayed, from its top left corner. */
  x: number;
  y: number;
  /** 1: belongs to the subject, 0: does not. */
  label: 0 | 1;
}

/** What every picture that is drawn by steps is drawn by. */
export interface Drawing {
  prompt: string;
  negativePrompt: string;
  width: number;
  height: number;
  steps: number;
  cfgScale: number;
  sampler: string;
  scheduler: string;
}
export interface Txt2ImgParameters extends Drawing {
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
export interface InpaintParameters extends Img2ImgParameters {
  /** White (or opaque, when it has an alpha channel and no colours) is made anew. Of the size of `image`. */
  mask: string;
  feather: number;
}
export interface OutpaintParameters extends Txt2ImgParameters {
  image: string;
  /** Pixels added on each side. */
  left: number;
  top: number;
  right: number;
  bottom: number;
  feather: number;
}
export interface UpscaleParameters {
  image: string;
  factor: 2 | 4;
  style: 'photo' | 'anime';
  /** Of the catalogue, or an upscaler of the tenant's own; without it the style decides. */
  model?: string;
}
export interface VideoParameters {
  prompt?: string;
  negativePrompt: string;
  image?: string;
  width: number;
  height: number;
  frames: number;
  fps: number;
  motionBucket: number;
  steps: number;
  cfgScale: number;
  seed?: number;
  model?: string;
}
export type Quality = 'fast' | 'balanced' | 'high';
export interface SegmentParameters {
  image: string;
  points: Point[];
  quality: Quality;
}
export interface CleanUpParameters {
  image: string;
  mask: string;
  /** Pixels by which the mask is widened first: the edge of what is removed has mixed colours. */
  grow: number;
}
/** Exactly one of `points` and `mask`. */
export interface SmartRemoveParameters {
  image: string;
  points?: Point[];
  mask?: string;
}
export interface MatteParameters {
  image: string;
  /** `portrait` and `general` need the picture alone; `plate` also the same scene without the subject (`plate`). */
  method: 'portrait' | 'general' | 'plate';
  plate?: string;
}
export interface RemoveBackgroundParameters {
  image: string;
  /** `transparent`, a CSS colour name of the short list, or `#rrggbb`. */
  background: string;
}
export interface FaceRestoreParameters {
  image: string;
  method: 'gfpgan' | 'codeformer';
  /** 0 looks best, 1 stays closest to the picture. */
  fidelity: number;
}
export interface InterpolateParameters {
  video: string;
  targetFps: number;
}
/** One change of a mask; a list of them is applied in order. `from_*` make a mask out of the picture, the others change the mask so far. */
export type MaskStep =
  | { op: 'from_alpha' }
  | { op: 'from_luminance'; threshold?: number }
  | { op: 'from_colour'; colour: string; tolerance?: number }
  | { op: 'invert' }
  /** Positive grows, negative shrinks, in pixels. */
  | { op: 'grow'; pixels: number }
  | { op: 'feather'; pixels: number }
  | { op: 'threshold'; at: number };
export interface MaskParameters {
  image: string;
  steps: MaskStep[];
}
export interface PropagateMaskParameters {
  video: string;
  /** Mask of the first frame. */
  mask: string;
}
/** What can be learned of a picture: how near each pixel is, which things it shows, whether it is fit to be shown, what it means as a direction. */
export const ANALYSES = ['depth', 'objects', 'safety', 'embedding'] as const;
export type Analysis = (typeof ANALYSES)[number];
export interface AnalyzeParameters {
  image: string;
  what: Analysis;
}
export interface OperationParameters {
  txt2img: Txt2ImgParameters;
  img2img: Img2ImgParameters;
  inpaint: InpaintParameters;
  outpaint: OutpaintParameters;
  upscale: UpscaleParameters;
  video: VideoParameters;
  segment: SegmentParameters;
  /** Opened for ten minutes by `POST /visual/segment/sessions`; each click is a task of its job. */
  'segment-session': { image: string; quality: Quality };
  'clean-up': CleanUpParameters;
  'smart-remove': SmartRemoveParameters;
  matte: MatteParameters;
  'remove-background': RemoveBackgroundParameters;
  'face-restore': FaceRestoreParameters;
  interpolate: InterpolateParameters;
  mask: MaskParameters;
  'propagate-mask': PropagateMaskParameters;
  analyze: AnalyzeParameters;
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

/** A diffusion task. Weights are named by digest; the files themselves are `LeasedTask.weights`. Pictures are inputs, by name. */
export interface DiffusionTask extends Drawing {
  seed: number;
  /** Slug of the catalogue, for the facts of the result. */
  model: string;
  /** Of the checkpoint; `builtin` draws a placeholder. Decides the graph. */
  family: string;
  loras?: { digest: string; weight: number }[];
  /** Textual inversions that the prompt names, by the word that stands in it. */
  embeddings?: { digest: string; word: string }[];
  /** `input` is the name of the task's input picture. */
  controlNets?: { type: ControlType; digest: string | null; input: string; strength: number; start: number; end: number; preprocess: boolean }[];
}

/**
 * What one task asks of an engine. One task makes one picture, one mask or one clip; a job of n pictures is n tasks with seeds seed, seed+1, ….
 * Inputs arrive beside the parameters as `LeasedTask.inputs`, by name: `image`, `mask`, `plate`, `video`, `control-0` ….
 * Outputs go to the slots named here; where nothing is said there is one, `image`, a PNG. The metadata of a slot `video` hold
 * `film: {frames, fps, durationSeconds}`.
 */
export interface TaskParameters {
  txt2img: DiffusionTask;
  /** Input `image`, fitted to width × height. */
  img2img: DiffusionTask & { strength: number };
  /** Inputs `image`, `mask` (white is made anew), both of one size, fitted to width × height in the same way. Outside the feathered mask the result is the picture, bit for bit. */
  inpaint: DiffusionTask & { strength: number; feather: number };
  /** Input `image`; width × height is the size of the result. Inside the border, less the feather, the result is the picture, bit for bit. */
  outpaint: DiffusionTask & { left: number; top: number; right: number; bottom: number; feather: number };
  /** Input `image`. */
  upscale: { factor: 2 | 4; style: 'photo' | 'anime' };
  /** Input `image`, the first frame. Slot `video`: H.264 MP4 of exactly `frames` frames. */
  video: {
    prompt: string;
    negativePrompt: string;
    width: number;
    height: number;
    frames: number;
    fps: number;
    motionBucket: number;
    steps: number;
    cfgScale: number;
    seed: number;
    model: string;
    family: string;
  };
  /** Input `image`. No points: only the embedding is computed and kept, and there is no output. Slot `mask`: one channel, white is the subject. */
  segment: { points: Point[]; quality: Quality };
  /** Inputs `image`, `mask`, which is widened by `grow` pixels. Outside of it the result is the picture, bit for bit. */
  'clean-up': { grow: number };
  /** Input `image`, for `plate` also `plate`. Slot `mask`: the alpha, one channel. */
  matte: { method: 'portrait' | 'general' | 'plate' };
  /** Input `image`. */
  'remove-background': { background: string };
  /** Input `image`. */
  'face-restore': { method: 'gfpgan' | 'codeformer'; fidelity: number };
  /** Input `video`. Slot `video`: same length in time, `targetFps` frames a second. */
  interpolate: { targetFps: number };
  /** Input `image`. Slot `mask`. */
  mask: { steps: MaskStep[] };
  /** Inputs `video`, `mask`. Slot `video`: one grey frame a frame, white is the subject. */
  'propagate-mask': Record<string, never>;
  /**
   * Input `image`. The slot `image` shows what was found: `depth` a grey map of the picture's size, white is near; `objects` the picture with its
   * boxes; `safety` and `embedding` the square that the model saw. Its metadata hold it in numbers: `objects: [{name, score, left, top, width,
   * height}]`, `safety: {label: share}`, `embedding` the direction as 32-bit floats, little-endian, in base64.
   */
  analyze: { what: Analysis };
}
export type TaskKind = keyof TaskParameters;
export const TASK_KINDS = [
  'txt2img',
  'img2img',
  'inpaint',
  'outpaint',
  'upscale',
  'video',
  'segment',
  'clean-up',
  'matte',
  'remove-background',
  'face-restore',
  'interpolate',
  'mask',
  'propagate-mask',
  'analyze',
] as const satisfies readonly TaskKind[];
