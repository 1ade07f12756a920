/** Clips: SVD, AnimateDiff, LTX, Wan. The first frame is the input `image` where there is one; Wan, LTX and AnimateDiff also go from words alone. */
import { FAMILIES, type DiffusionFamily, type TaskParameters } from '@atelier/contracts';
import { loadBase, type BaseModel } from './base-model.js';
import { GraphBuilder, listedName, needFile, needWeights, weightsOf, type Graph, type GraphSource, type InputValue, type Link } from './graph.js';
import { ANIMATEDIFF } from './packs.js';
import { decode } from './picture.js';
import { promptWords } from './words.js';

type Clip = TaskParameters['video'];
interface Frames {
  images: Link;
  /** How many the images are: as many as were asked for, or more. */
  count: number;
  sampler: string;
}
/** AnimateDiff's motion modules see 16 frames at a time. */
const MOTION_WINDOW = 16;
const REPEATS_MAX = 64;
/** LTXVImgToVideo makes no fewer. */
const LTX_FROM_PICTURE_MIN = 9;
/** How much of the first picture's repetition is noised, so that it may move. */
const MOTION_DENOISE = 0.85;

export function videoGraph(clip: Clip, source: GraphSource): Graph {
  const graph = new GraphBuilder();
  const make = { svd, animatediff, ltx, wan }[clip.family as 'svd'];
  const { sampler, ...made } = make(graph, clip, source);
  const images = cropped(graph, clip, cut(graph, clip, made));
  const video = graph.add('CreateVideo', { images, fps: clip.fps }, { fps: 'fps' });
  const output = graph.add('SaveVideo', { video: [video, 0], filename_prefix: 'atelier/clip', format: 'mp4', codec: 'h264' });
  return graph.build(output, sampler, clip.steps);
}

/** The next length the family can make. */
export function lengthOf({ family, frames }: Pick<Clip, 'family' | 'frames'>): number {
  const step = FAMILIES[family as DiffusionFamily].frameStep;
  return step === null ? frames : Math.ceil((frames - 1) / step) * step + 1;
}

/** The next size the family can make: its nodes round down without a word. */
export function madeSizeOf({ family, width, height }: Pick<Clip, 'family' | 'width' | 'height'>): { width: number; height: number } {
  const { sideMultiple } = FAMILIES[family as DiffusionFamily];
  const up = (side: number) => Math.ceil(side / sideMultiple) * sideMultiple;
  return { width: up(width), height: up(height) };
}

function cut(graph: GraphBuilder, { frames }: Clip, { images, count }: Omit<Frames, 'sampler'>): Link {
  if (count === frames) return images;
  return [graph.add('ImageFromBatch', { image: images, batch_index: 0, length: frames }, { length: 'frames' }), 0];
}

/** Around the centre, as pictures are. */
function cropped(graph: GraphBuilder, clip: Clip, image: Link): Link {
  const { width, height } = clip;
  const made = madeSizeOf(clip);
  if (made.width === width && made.height === height) return image;
  const [x, y] = [Math.floor((made.width - width) / 2), Math.floor((made.height - height) / 2)];
  return [graph.add('ImageCrop', { image, width, height, x, y }, sizeFields), 0];
}

const sizeFields = { width: 'width', height: 'height' };

function firstFrame(graph: GraphBuilder, source: GraphSource): Link | null {
  if (!source.files['image']) return null;
  return [graph.add('LoadImage', { image: needFile(source, 'image') }, { image: 'image' }), 0];
}

function words(graph: GraphBuilder, clip: Clip, source: GraphSource, encoder: Link): { positive: Link; negative: Link } {
  const encode = (text: string, field: string): Link => [
    graph.add('CLIPTextEncode', { text: promptWords(text, undefined, source), clip: encoder }, { text: field }),
    0,
  ];
  return { positive: encode(clip.prompt, 'prompt'), negative: encode(clip.negativePrompt, 'negativePrompt') };
}

function sample(graph: GraphBuilder, clip: Clip, on: { model: Link; positive: Link; negative: Link; latent: Link; denoise?: number }): string {
  const { sampler, scheduler } = FAMILIES[clip.family as DiffusionFamily].defaults;
  const inputs: Record<string, InputValue> = {
    model: on.model,
    seed: clip.seed,
    steps: clip.steps,
    cfg: clip.cfgScale,
    sampler_name: sampler,
    scheduler,
    positive: on.positive,
    negative: on.negative,
    latent_image: on.latent,
    denoise: on.denoise ?? 1,
  };
  return graph.add('KSampler', inputs, { seed: 'seed', steps: 'steps', cfg: 'cfgScale' });
}

function svd(graph: GraphBuilder, clip: Clip, source: GraphSource): Frames {
  const checkpoint = needWeights(source, 'checkpoint', 'the family svd');
  const id = graph.add('ImageOnlyCheckpointLoader', { ckpt_name: listedName(checkpoint) }, { ckpt_name: 'model' });
  const image: Link = [graph.add('LoadImage', { image: needFile(source, 'image') }, { image: 'image' }), 0];
  const seen = graph.add(
    'SVD_img2vid_Conditioning',
    {
      clip_vision: [id, 1],
      init_image: image,
      vae: [id, 2],
      ...madeSizeOf(clip),
      video_frames: clip.frames,
      motion_bucket_id: clip.motionBucket,
      fps: clip.fps,
      augmentation_level: 0,
    },
    { ...sizeFields, video_frames: 'frames', motion_bucket_id: 'motionBucket', fps: 'fps' },
  );
  const model: Link = [graph.add('VideoLinearCFGGuidance', { model: [id, 0], min_cfg: 1 }), 0];
  const sampler = sample(graph, clip, { model, positive: [seen, 0], negative: [seen, 1], latent: [seen, 2] });
  return { images: decode(graph, [sampler, 0], [id, 2], source), count: clip.frames, sampler };
}

function animatediff(graph: GraphBuilder, clip: Clip, source: GraphSource): Frames {
  const base = loadBase(graph, source, 'animatediff');
  const motion = needWeights(source, 'motion', 'the family animatediff');
  const window: Record<string, InputValue> = clip.frames > MOTION_WINDOW ? { context_options: windows(graph) } : {};
  const inputs = { model: base.model, model_name: listedName(motion), beta_schedule: 'autoselect', ...window };
  const model: Link = [graph.addOf(ANIMATEDIFF, 'model', 'ADE_AnimateDiffLoaderGen1', inputs, { model_name: 'model' }), 0];
  const image = firstFrame(graph, source);
  const [latent, count] = image
    ? repeated(graph, [graph.add('VAEEncode', { pixels: image, vae: base.vae }), 0], clip.frames)
    : [empty(graph, clip), clip.frames];
  const sampler = sample(graph, clip, { model, ...words(graph, clip, source, base.clip), latent, denoise: image ? MOTION_DENOISE : 1 });
  return { images: decode(graph, [sampler, 0], base.vae, source), count, sampler };
}

function empty(graph: GraphBuilder, clip: Clip): Link {
  return [graph.add('EmptyLatentImage', { ...madeSizeOf(clip), batch_size: clip.frames }, { ...sizeFields, batch_size: 'frames' }), 0];
}

function windows(graph: GraphBuilder): Link {
  return [graph.addOf(ANIMATEDIFF, 'frames', 'ADE_StandardStaticContextOptions', { context_length: MOTION_WINDOW, context_overlap: 4 }), 0];
}

/** RepeatLatentBatch multiplies by at most 64; two of them make a product, the next one that is enough. */
function repeated(graph: GraphBuilder, samples: Link, frames: number): [latent: Link, count: number] {
  const times = Math.ceil(frames / REPEATS_MAX);
  const each = Math.ceil(frames / times);
  const some: Link = [graph.add('RepeatLatentBatch', { samples, amount: each }, { amount: 'frames' }), 0];
  return [times === 1 ? some : [graph.add('RepeatLatentBatch', { samples: some, amount: times }), 0], each * times];
}

function ltx(graph: GraphBuilder, clip: Clip, source: GraphSource): Frames {
  const base = loadBase(graph, source, 'ltx');
  const text = words(graph, clip, source, base.clip);
  const image = firstFrame(graph, source);
  const length = Math.max(lengthOf(clip), image ? LTX_FROM_PICTURE_MIN : 1);
  const size = { ...madeSizeOf(clip), length, batch_size: 1 };
  const fields = { ...sizeFields, length: 'frames' };
  const start = image
    ? graph.add('LTXVImgToVideo', { ...text, vae: base.vae, image, ...size, strength: 1 }, fields)
    : graph.add('EmptyLTXVLatentVideo', size, fields);
  const latent: Link = [start, image ? 2 : 0];
  const told = image ? { positive: [start, 0] as Link, negative: [start, 1] as Link } : text;
  const timed = graph.add('LTXVConditioning', { ...told, frame_rate: clip.fps }, { frame_rate: 'fps' });
  const schedule = { steps: clip.steps, max_shift: 2.05, base_shift: 0.95, stretch: true, terminal: 0.1, latent };
  const sigmas: Link = [graph.add('LTXVScheduler', schedule, { steps: 'steps' }), 0];
  const way: Link = [graph.add('KSamplerSelect', { sampler_name: FAMILIES.ltx.defaults.sampler }), 0];
  const sampler = graph.add(
    'SamplerCustom',
    {
      model: base.model,
      add_noise: true,
      noise_seed: clip.seed,
      cfg: clip.cfgScale,
      positive: [timed, 0],
      negative: [timed, 1],
      sampler: way,
      sigmas,
      latent_image: latent,
    },
    { noise_seed: 'seed', cfg: 'cfgScale' },
  );
  return { images: decode(graph, [sampler, 0], base.vae, source), count: length, sampler };
}

function wan(graph: GraphBuilder, clip: Clip, source: GraphSource): Frames {
  const base = loadBase(graph, source, 'wan');
  const text = words(graph, clip, source, base.clip);
  const image = firstFrame(graph, source);
  const model: Link = [graph.add('ModelSamplingSD3', { model: base.model, shift: 8 }), 0];
  const sampler = sample(graph, clip, { model, ...wanStart(graph, clip, source, { base, text, image }) });
  return { images: decode(graph, [sampler, 0], base.vae, source), count: lengthOf(clip), sampler };
}

interface WanParts {
  base: BaseModel;
  text: { positive: Link; negative: Link };
  image: Link | null;
}

function wanStart(graph: GraphBuilder, clip: Clip, source: GraphSource, { base, text, image }: WanParts): { positive: Link; negative: Link; latent: Link } {
  const size = { ...madeSizeOf(clip), length: lengthOf(clip), batch_size: 1 };
  const fields = { ...sizeFields, length: 'frames' };
  if (!image) return { ...text, latent: [graph.add('EmptyHunyuanLatentVideo', size, fields), 0] };
  const [vision] = weightsOf(source, 'clip_vision');
  const seen: Record<string, Link> = {};
  if (vision) {
    const eye: Link = [graph.add('CLIPVisionLoader', { clip_name: listedName(vision) }), 0];
    seen['clip_vision_output'] = [graph.add('CLIPVisionEncode', { clip_vision: eye, image, crop: 'none' }), 0];
  }
  const id = graph.add('WanImageToVideo', { ...text, vae: base.vae, ...size, ...seen, start_image: image }, fields);
  return { positive: [id, 0], negative: [id, 1], latent: [id, 2] };
}
