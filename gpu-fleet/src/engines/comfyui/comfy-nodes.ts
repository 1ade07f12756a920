/** Signatures of the core nodes that the graphs use, for the stand-in: written down from ComfyUI's own list (v0.8.0). */

/** `T` a link of that type; `[min, max]` a number; a list of choices; `F:folder` a file of a model folder. `?` at the end of a name: optional. */
type Input = string | readonly [kind: 'INT' | 'FLOAT', min: number, max: number] | readonly string[];
export interface Signature {
  inputs: Readonly<Record<string, Input>>;
  outputs: readonly string[];
  isOutput?: boolean;
}
export type Prompt = Record<string, { class_type: string; inputs: Record<string, unknown> }>;

const M = 16384;
const side: Input = ['INT', 16, M];
const int = (min: number, max: number): Input => ['INT', min, max];
const float = (min: number, max: number): Input => ['FLOAT', min, max];
export const SAMPLERS =
  'euler euler_cfg_pp euler_ancestral euler_ancestral_cfg_pp heun heunpp2 exp_heun_2_x0 exp_heun_2_x0_sde dpm_2 dpm_2_ancestral lms dpm_fast dpm_adaptive dpmpp_2s_ancestral dpmpp_2s_ancestral_cfg_pp dpmpp_sde dpmpp_sde_gpu dpmpp_2m dpmpp_2m_cfg_pp dpmpp_2m_sde dpmpp_2m_sde_gpu dpmpp_2m_sde_heun dpmpp_2m_sde_heun_gpu dpmpp_3m_sde dpmpp_3m_sde_gpu ddpm lcm ipndm ipndm_v deis res_multistep res_multistep_cfg_pp res_multistep_ancestral res_multistep_ancestral_cfg_pp gradient_estimation gradient_estimation_cfg_pp er_sde seeds_2 seeds_3 sa_solver sa_solver_pece ddim uni_pc uni_pc_bh2'.split(
    ' ',
  );
export const SCHEDULERS = 'simple sgm_uniform karras exponential ddim_uniform beta normal linear_quadratic kl_optimal'.split(' ');
const CLIP_TYPES = [
  'stable_diffusion',
  'stable_cascade',
  'sd3',
  'stable_audio',
  'mochi',
  'ltxv',
  'pixart',
  'cosmos',
  'lumina2',
  'wan',
  'hidream',
  'chroma',
  'ace',
  'omnigen2',
];
const U64 = int(0, Number.MAX_SAFE_INTEGER);
const tiles: Record<string, Input> = { tile_size: int(64, 4096), overlap: int(0, 4096), temporal_size: int(8, 4096), temporal_overlap: int(4, 4096) };
const guided = ['CONDITIONING', 'CONDITIONING', 'LATENT'];

export const NODES: Readonly<Record<string, Signature>> = {
  CheckpointLoaderSimple: { inputs: { ckpt_name: 'F:checkpoints' }, outputs: ['MODEL', 'CLIP', 'VAE'] },
  ImageOnlyCheckpointLoader: { inputs: { ckpt_name: 'F:checkpoints' }, outputs: ['MODEL', 'CLIP_VISION', 'VAE'] },
  UNETLoader: { inputs: { unet_name: 'F:diffusion_models', weight_dtype: ['default', 'fp8_e4m3fn', 'fp8_e4m3fn_fast', 'fp8_e5m2'] }, outputs: ['MODEL'] },
  CLIPLoader: { inputs: { clip_name: 'F:text_encoders', type: CLIP_TYPES, 'device?': ['default', 'cpu'] }, outputs: ['CLIP'] },
  DualCLIPLoader: {
    inputs: {
      clip_name1: 'F:text_encoders',
      clip_name2: 'F:text_encoders',
      type: ['sdxl', 'sd3', 'flux', 'hunyuan_video', 'hidream'],
      'device?': ['default', 'cpu'],
    },
    outputs: ['CLIP'],
  },
  TripleCLIPLoader: { inputs: { clip_name1: 'F:text_encoders', clip_name2: 'F:text_encoders', clip_name3: 'F:text_encoders' }, outputs: ['CLIP'] },
  VAELoader: { inputs: { vae_name: 'F:vae' }, outputs: ['VAE'] },
  CLIPVisionLoader: { inputs: { clip_name: 'F:clip_vision' }, outputs: ['CLIP_VISION'] },
  CLIPVisionEncode: { inputs: { clip_vision: 'CLIP_VISION', image: 'IMAGE', crop: ['center', 'none'] }, outputs: ['CLIP_VISION_OUTPUT'] },
  LoraLoader: {
    inputs: { model: 'MODEL', clip: 'CLIP', lora_name: 'F:loras', strength_model: float(-100, 100), strength_clip: float(-100, 100) },
    outputs: ['MODEL', 'CLIP'],
  },
  ControlNetLoader: { inputs: { control_net_name: 'F:controlnet' }, outputs: ['CONTROL_NET'] },
  ControlNetApplyAdvanced: {
    inputs: {
      positive: 'CONDITIONING',
      negative: 'CONDITIONING',
      control_net: 'CONTROL_NET',
      image: 'IMAGE',
      strength: float(0, 10),
      start_percent: float(0, 1),
      end_percent: float(0, 1),
      'vae?': 'VAE',
    },
    outputs: ['CONDITIONING', 'CONDITIONING'],
  },
  Canny: { inputs: { image: 'IMAGE', low_threshold: float(0.01, 0.99), high_threshold: float(0.01, 0.99) }, outputs: ['IMAGE'] },
  CLIPTextEncode: { inputs: { text: 'STRING', clip: 'CLIP' }, outputs: ['CONDITIONING'] },
  FluxGuidance: { inputs: { conditioning: 'CONDITIONING', guidance: float(0, 100) }, outputs: ['CONDITIONING'] },
  ConditioningZeroOut: { inputs: { conditioning: 'CONDITIONING' }, outputs: ['CONDITIONING'] },
  EmptyLatentImage: { inputs: { width: side, height: side, batch_size: int(1, 4096) }, outputs: ['LATENT'] },
  EmptySD3LatentImage: { inputs: { width: side, height: side, batch_size: int(1, 4096) }, outputs: ['LATENT'] },
  LoadImage: { inputs: { image: 'F:input' }, outputs: ['IMAGE', 'MASK'] },
  LoadImageMask: { inputs: { image: 'F:input', channel: ['alpha', 'red', 'green', 'blue'] }, outputs: ['MASK'] },
  ImagePadForOutpaint: {
    inputs: { image: 'IMAGE', left: int(0, M), top: int(0, M), right: int(0, M), bottom: int(0, M), feathering: int(0, M) },
    outputs: ['IMAGE', 'MASK'],
  },
  InpaintModelConditioning: {
    inputs: { positive: 'CONDITIONING', negative: 'CONDITIONING', vae: 'VAE', pixels: 'IMAGE', mask: 'MASK', noise_mask: 'BOOLEAN' },
    outputs: guided,
  },
  DifferentialDiffusion: { inputs: { model: 'MODEL', 'strength?': float(0, 1) }, outputs: ['MODEL'] },
  VAEEncode: { inputs: { pixels: 'IMAGE', vae: 'VAE' }, outputs: ['LATENT'] },
  VAEDecode: { inputs: { samples: 'LATENT', vae: 'VAE' }, outputs: ['IMAGE'] },
  VAEEncodeTiled: { inputs: { pixels: 'IMAGE', vae: 'VAE', ...tiles }, outputs: ['LATENT'] },
  VAEDecodeTiled: { inputs: { samples: 'LATENT', vae: 'VAE', ...tiles }, outputs: ['IMAGE'] },
  RepeatLatentBatch: { inputs: { samples: 'LATENT', amount: int(1, 64) }, outputs: ['LATENT'] },
  ModelSamplingSD3: { inputs: { model: 'MODEL', shift: float(0, 100) }, outputs: ['MODEL'] },
  VideoLinearCFGGuidance: { inputs: { model: 'MODEL', min_cfg: float(0, 100) }, outputs: ['MODEL'] },
  KSampler: {
    inputs: {
      model: 'MODEL',
      seed: U64,
      steps: int(1, 10000),
      cfg: float(0, 100),
      sampler_name: SAMPLERS,
      scheduler: SCHEDULERS,
      positive: 'CONDITIONING',
      negative: 'CONDITIONING',
      latent_image: 'LATENT',
      denoise: float(0, 1),
    },
    outputs: ['LATENT'],
  },
  KSamplerSelect: { inputs: { sampler_name: SAMPLERS }, outputs: ['SAMPLER'] },
  SamplerCustom: {
    inputs: {
      model: 'MODEL',
      add_noise: 'BOOLEAN',
      noise_seed: U64,
      cfg: float(0, 100),
      positive: 'CONDITIONING',
      negative: 'CONDITIONING',
      sampler: 'SAMPLER',
      sigmas: 'SIGMAS',
      latent_image: 'LATENT',
    },
    outputs: ['LATENT', 'LATENT'],
  },
  SVD_img2vid_Conditioning: {
    inputs: {
      clip_vision: 'CLIP_VISION',
      init_image: 'IMAGE',
      vae: 'VAE',
      width: side,
      height: side,
      video_frames: int(1, 4096),
      motion_bucket_id: int(1, 1023),
      fps: int(1, 1024),
      augmentation_level: float(0, 10),
    },
    outputs: guided,
  },
  EmptyLTXVLatentVideo: { inputs: { width: int(64, M), height: int(64, M), length: int(1, M), batch_size: int(1, 4096) }, outputs: ['LATENT'] },
  LTXVImgToVideo: {
    inputs: {
      positive: 'CONDITIONING',
      negative: 'CONDITIONING',
      vae: 'VAE',
      image: 'IMAGE',
      width: int(64, M),
      height: int(64, M),
      length: int(9, M),
      batch_size: int(1, 4096),
      strength: float(0, 1),
    },
    outputs: guided,
  },
  LTXVConditioning: { inputs: { positive: 'CONDITIONING', negative: 'CONDITIONING', frame_rate: float(0, 1000) }, outputs: ['CONDITIONING', 'CONDITIONING'] },
  LTXVScheduler: {
    inputs: { steps: int(1, 10000), max_shift: float(0, 100), base_shift: float(0, 100), stretch: 'BOOLEAN', terminal: float(0, 0.99), 'latent?': 'LATENT' },
    outputs: ['SIGMAS'],
  },
  EmptyHunyuanLatentVideo: { inputs: { width: side, height: side, length: int(1, M), batch_size: int(1, 4096) }, outputs: ['LATENT'] },
  WanImageToVideo: {
    inputs: {
      positive: 'CONDITIONING',
      negative: 'CONDITIONING',
      vae: 'VAE',
      width: side,
      height: side,
      length: int(1, M),
      batch_size: int(1, 4096),
      'clip_vision_output?': 'CLIP_VISION_OUTPUT',
      'start_image?': 'IMAGE',
    },
    outputs: guided,
  },
  ImageFromBatch: { inputs: { image: 'IMAGE', batch_index: int(0, 4095), length: int(1, 4096) }, outputs: ['IMAGE'] },
  ImageScale: {
    inputs: {
      image: 'IMAGE',
      upscale_method: ['nearest-exact', 'bilinear', 'area', 'bicubic', 'lanczos'],
      width: int(0, M),
      height: int(0, M),
      crop: ['disabled', 'center'],
    },
    outputs: ['IMAGE'],
  },
  ImageCrop: { inputs: { image: 'IMAGE', width: int(1, M), height: int(1, M), x: int(0, M), y: int(0, M) }, outputs: ['IMAGE'] },
  UpscaleModelLoader: { inputs: { model_name: 'F:upscale_models' }, outputs: ['UPSCALE_MODEL'] },
  ImageUpscaleWithModel: { inputs: { upscale_model: 'UPSCALE_MODEL', image: 'IMAGE' }, outputs: ['IMAGE'] },
  CreateVideo: { inputs: { images: 'IMAGE', fps: float(1, 120), 'audio?': 'AUDIO' }, outputs: ['VIDEO'] },
  EmptyImage: { inputs: { width: int(1, M), height: int(1, M), batch_size: int(1, 4096), color: int(0, 0xffffff) }, outputs: ['IMAGE'] },
  PreviewImage: { inputs: { images: 'IMAGE' }, outputs: [], isOutput: true },
  SaveImage: { inputs: { images: 'IMAGE', filename_prefix: 'STRING' }, outputs: [], isOutput: true },
  SaveVideo: { inputs: { video: 'VIDEO', filename_prefix: 'STRING', format: ['auto', 'mp4'], codec: ['auto', 'h264'] }, outputs: [], isOutput: true },
};

/** What a server says against a prompt, node by node. */
export function faultsOf(prompt: Prompt, nodes: Readonly<Record<string, Signature>>, list: (folder: string) => string[]): Record<string, object> {
  const found: Record<string, object> = {};
  for (const [id, { class_type, inputs }] of Object.entries(prompt)) {
    const errors: object[] = [];
    const fault = (type: string, input_name: string, received_value?: unknown): void =>
      void errors.push({ type, message: type, details: '', extra_info: { input_name, received_value } });
    for (const [key, wanted] of Object.entries(nodes[class_type]!.inputs)) {
      const name = key.replace(/\?$/, '');
      const value = inputs[name];
      if (value === undefined) {
        if (!key.endsWith('?')) fault('required_input_missing', name);
      } else if (Array.isArray(value)) {
        const source = prompt[String(value[0])];
        const given = source && nodes[source.class_type]?.outputs[Number(value[1])];
        if (!given) fault('bad_linked_input', name, value);
        else if (given !== wanted) fault('return_type_mismatch', name, value);
      } else if (typeof wanted !== 'string' && (wanted[0] === 'INT' || wanted[0] === 'FLOAT')) {
        const [, min, max] = wanted as readonly ['INT', number, number];
        if (typeof value !== 'number') fault('invalid_input_type', name, value);
        else if (value < min) fault('value_smaller_than_min', name, value);
        else if (value > max) fault('value_bigger_than_max', name, value);
      } else if (
        typeof wanted !== 'string'
          ? !(wanted as readonly string[]).includes(String(value))
          : wanted.startsWith('F:') && !list(wanted.slice(2)).includes(String(value))
      )
        fault('value_not_in_list', name, value);
    }
    if (errors.length > 0) found[id] = { errors, class_type, dependent_outputs: [] };
  }
  return found;
}
