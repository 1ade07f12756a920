/**
 * The models that this program knows how to run: what each is for, what it needs, whose licence it carries. Files are not shipped; an operator
 * imports them (`POST /operator/models/{slug}/files`). Sizes and memory are those of the published half-precision files, rounded up.
 */
import {
  FAMILIES,
  type DiffusionFamily,
  type GpuClass,
  type Licence,
  type ModelEngine,
  type ModelType,
  type Operation,
  type WeightRole,
} from '@atelier/contracts';
import { LICENCES } from './catalogue-licences.js';

/** A file that belongs to a model. An ONNX file's name begins with the recipe by which the engine runs it. */
export interface CatalogueFile {
  name: string;
  role: WeightRole;
  megabytes: number;
}

export interface CatalogueEntry {
  id: string;
  slug: string;
  name: string;
  description: string;
  type: ModelType;
  /** What fits together has the same base; decides the lane. */
  base: string;
  engine: ModelEngine;
  operations: readonly Operation[];
  simulated: boolean;
  vramMb: number;
  /** How many of its tasks may be on one box at once; absent: as many as fit. */
  maxParallelPerGpu?: number;
  gpuClasses: readonly GpuClass[];
  priceFactor: 1 | 2;
  licence: Licence | null;
  /** Where its publisher offers the files. */
  source: string | null;
  files: readonly CatalogueFile[];
  /** From disk into memory on a machine of the smallest class it runs on, as a first guess. */
  loadMs: number;
}

const SMALL: readonly GpuClass[] = ['CPU', 'T4', 'L4', 'A10G', 'A100', 'H100'];
const GPU: readonly GpuClass[] = ['T4', 'L4', 'A10G', 'A100', 'H100'];
const MIDDLE: readonly GpuClass[] = ['A10G', 'L4', 'A100', 'H100'];
const LARGE: readonly GpuClass[] = ['A100', 'H100'];

type Draft = Omit<CatalogueEntry, 'id' | 'simulated' | 'priceFactor' | 'loadMs' | 'source' | 'files'> & Partial<CatalogueEntry>;

const builtin = (slug: string, name: string, description: string, operations: readonly Operation[], more: Partial<CatalogueEntry> = {}): Draft => ({
  ...{ slug: `builtin/${slug}`, name, description, operations },
  ...{ type: 'checkpoint' as ModelType, base: 'cpu', engine: 'builtin' as const, vramMb: 0, gpuClasses: ['CPU'] as const, licence: null },
  ...more,
});

const diffusion = (
  base: DiffusionFamily,
  entry: Pick<CatalogueEntry, 'slug' | 'name' | 'vramMb' | 'gpuClasses' | 'licence' | 'source' | 'files'> & Partial<CatalogueEntry>,
): Draft => ({
  type: 'checkpoint',
  base,
  engine: 'comfyui',
  description: `${FAMILIES[base].name}, run by ComfyUI.`,
  operations: FAMILIES[base].operations,
  priceFactor: FAMILIES[base].priceFactor,
  // ComfyUI works on one at a time; a second hides the gap between two, a third would only wait there.
  maxParallelPerGpu: 2,
  loadMs: 20_000,
  ...entry,
});

const onnx = (
  slug: string,
  name: string,
  description: string,
  operations: readonly Operation[],
  licence: Licence,
  source: string,
  files: readonly CatalogueFile[],
  more: Partial<CatalogueEntry> = {},
): Draft => ({
  ...{ slug, name, description, operations, licence, source, files },
  ...{ type: 'onnx' as const, base: slug, engine: 'onnx' as const, vramMb: 2_000, gpuClasses: SMALL, loadMs: 2_000 },
  ...more,
});
const graph = (recipe: string, megabytes: number): CatalogueFile => ({ name: `${recipe}.onnx`, role: 'graph', megabytes });
const sam = (size: string, name: string, encoder: number, vramMb: number): Draft =>
  onnx(
    `sam2-${size}`,
    `SAM 2.1 ${name}`,
    'Finds what was clicked on; keeps what it saw of a picture between clicks.',
    ['segment', 'segment-session'],
    LICENCES.apache,
    'https://github.com/facebookresearch/sam2',
    [
      { name: `sam2-encoder-${size}.onnx`, role: 'encoder', megabytes: encoder },
      { name: `sam2-decoder-${size}.onnx`, role: 'decoder', megabytes: 20 },
    ],
    { vramMb },
  );

/** No model of an operation: it goes with the checkpoints of its family. Both see pictures by the same encoder. */
const adapter = (base: DiffusionFamily, slug: string, name: string, megabytes: number): Draft => ({
  ...{ slug, name, description: 'Guides by the content and style of a picture.', type: 'controlnet', base, engine: 'comfyui', operations: [] },
  ...{ vramMb: 3_500, gpuClasses: GPU, licence: LICENCES.apache, source: 'https://huggingface.co/h94/IP-Adapter' },
  files: [
    { name: `${slug}.safetensors`, role: 'ip_adapter', megabytes },
    { name: `${slug}-clip-vision.safetensors`, role: 'clip_vision', megabytes: 2_530 },
  ],
});

const PLACEHOLDER: readonly Operation[] = ['txt2img', 'img2img', 'inpaint', 'outpaint', 'video'];
/** What checkpoints do that were trained to see a hole. */
const HOLES: readonly Operation[] = ['inpaint', 'outpaint'];

/** In the order of their ids, which never changes: new ones go to the end. */
const DRAFTS: readonly Draft[] = [
  builtin(
    'placeholder',
    'Built-in placeholder',
    'Draws a picture that depends on prompt and seed alone, without any model. Needs no GPU; every result is marked as simulated.',
    PLACEHOLDER,
    { base: 'builtin', simulated: true },
  ),
  builtin('resample', 'Resampling', 'Enlarges by Lanczos and back-projection.', ['upscale']),
  builtin('segmentation', 'Classical segmentation', 'Cuts out what stands out, by colour, sharpness and place.', ['remove-background']),
  builtin('graph-cut', 'Graph cut', 'Finds what was clicked on, by colour and edges.', ['segment', 'segment-session']),
  builtin('fill', 'Patch filling', 'Fills a hole from what lies around it.', ['clean-up', 'smart-remove']),
  builtin('matting', 'Classical matting', 'The alpha of a subject by segmentation, or by the difference to a plate.', ['matte']),
  builtin('sharpen', 'Skin smoothing', 'Stands in for face restoration; its results are marked as simulated.', ['face-restore'], { simulated: true }),
  builtin('motion', 'Block motion', 'Follows blocks of brightness from frame to frame.', ['interpolate', 'propagate-mask']),
  builtin('mask', 'Mask steps', 'Grows, feathers, inverts masks, exactly.', ['mask']),
  diffusion('sd15', {
    slug: 'sd-1.5',
    name: 'Stable Diffusion 1.5',
    vramMb: 4_000,
    gpuClasses: GPU,
    licence: LICENCES.openrail,
    source: 'https://huggingface.co/stable-diffusion-v1-5/stable-diffusion-v1-5',
    files: [{ name: 'sd-1.5.safetensors', role: 'checkpoint', megabytes: 2_200 }],
    loadMs: 8_000,
  }),
  diffusion('sdxl', {
    slug: 'sdxl-1.0',
    name: 'Stable Diffusion XL 1.0',
    vramMb: 10_000,
    gpuClasses: GPU,
    licence: LICENCES.openrailpp,
    source: 'https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0',
    files: [{ name: 'sdxl-1.0.safetensors', role: 'checkpoint', megabytes: 7_000 }],
  }),
  diffusion('sd3', {
    slug: 'sd-3.5-medium',
    name: 'Stable Diffusion 3.5 Medium',
    vramMb: 14_000,
    gpuClasses: MIDDLE,
    licence: LICENCES.stability,
    source: 'https://huggingface.co/stabilityai/stable-diffusion-3.5-medium',
    files: [{ name: 'sd-3.5-medium.safetensors', role: 'checkpoint', megabytes: 11_700 }],
  }),
  diffusion('flux', {
    slug: 'flux-schnell',
    name: 'FLUX.1 schnell',
    vramMb: 20_000,
    gpuClasses: MIDDLE,
    licence: LICENCES.apache,
    source: 'https://huggingface.co/black-forest-labs/FLUX.1-schnell',
    files: [{ name: 'flux-schnell-fp8.safetensors', role: 'checkpoint', megabytes: 17_300 }],
  }),
  diffusion('flux', {
    slug: 'flux-dev',
    name: 'FLUX.1 dev',
    vramMb: 20_000,
    gpuClasses: MIDDLE,
    licence: LICENCES.flux,
    source: 'https://huggingface.co/black-forest-labs/FLUX.1-dev',
    files: [{ name: 'flux-dev-fp8.safetensors', role: 'checkpoint', megabytes: 17_300 }],
  }),
  diffusion('svd', {
    slug: 'svd-xt',
    name: 'Stable Video Diffusion XT',
    vramMb: 20_000,
    gpuClasses: MIDDLE,
    licence: LICENCES.stability,
    source: 'https://huggingface.co/stabilityai/stable-video-diffusion-img2vid-xt',
    files: [{ name: 'svd-xt.safetensors', role: 'checkpoint', megabytes: 4_800 }],
  }),
  diffusion('animatediff', {
    slug: 'animatediff-v3',
    name: 'AnimateDiff v3',
    vramMb: 12_000,
    gpuClasses: MIDDLE,
    licence: LICENCES.apache,
    source: 'https://huggingface.co/guoyww/animatediff',
    files: [
      { name: 'animatediff-base-sd-1.5.safetensors', role: 'checkpoint', megabytes: 2_200 },
      { name: 'animatediff-v3-motion.safetensors', role: 'motion', megabytes: 900 },
    ],
  }),
  diffusion('ltx', {
    slug: 'ltx-video',
    name: 'LTX Video',
    vramMb: 24_000,
    gpuClasses: LARGE,
    licence: LICENCES.ltx,
    source: 'https://huggingface.co/Lightricks/LTX-Video',
    files: [
      { name: 'ltx-video.safetensors', role: 'checkpoint', megabytes: 9_400 },
      { name: 'ltx-t5-text-encoder.safetensors', role: 'text_encoder', megabytes: 9_800 },
    ],
  }),
  diffusion('wan', {
    slug: 'wan-2.1',
    name: 'Wan 2.1 image to video',
    // The text encoder has left the card when the diffusion model works.
    vramMb: 22_000,
    gpuClasses: MIDDLE,
    licence: LICENCES.apache,
    source: 'https://huggingface.co/Comfy-Org/Wan_2.1_ComfyUI_repackaged',
    files: [
      { name: 'wan-2.1-diffusion-model.safetensors', role: 'diffusion_model', megabytes: 16_400 },
      { name: 'wan-2.1-text-encoder.safetensors', role: 'text_encoder', megabytes: 6_700 },
      { name: 'wan-2.1-vae.safetensors', role: 'vae', megabytes: 260 },
      { name: 'wan-2.1-clip-vision.safetensors', role: 'clip_vision', megabytes: 1_300 },
    ],
  }),
  sam('large', 'Large', 900, 6_000),
  sam('base-plus', 'Base Plus', 340, 4_000),
  sam('small', 'Small', 185, 3_000),
  sam('tiny', 'Tiny', 155, 2_000),
  onnx(
    'xmem',
    'XMem',
    'Carries a mask through a clip. No engine of this version runs it: block motion does that work.',
    ['propagate-mask'],
    LICENCES.mit,
    'https://github.com/hkchengrex/XMem',
    [],
  ),
  onnx('lama', 'LaMa', 'Fills a hole with what belongs there.', ['clean-up', 'smart-remove'], LICENCES.apache, 'https://github.com/advimman/lama', [
    graph('lama', 210),
  ]),
  onnx('rife', 'RIFE', 'Frames between frames.', ['interpolate'], LICENCES.mit, 'https://github.com/hzwer/Practical-RIFE', [graph('rife', 25)]),
  onnx('realesrgan-x4', 'Real-ESRGAN ×4', 'Enlarges photographs four times.', ['upscale'], LICENCES.bsd, 'https://github.com/xinntao/Real-ESRGAN', [
    graph('realesrgan-x4', 70),
  ]),
  onnx('realesrgan-x2', 'Real-ESRGAN ×2', 'Enlarges photographs twice.', ['upscale'], LICENCES.bsd, 'https://github.com/xinntao/Real-ESRGAN', [
    graph('realesrgan-x2', 70),
  ]),
  onnx('realesrgan-anime', 'Real-ESRGAN anime', 'Enlarges drawings.', ['upscale'], LICENCES.bsd, 'https://github.com/xinntao/Real-ESRGAN', [
    graph('realesrgan-anime', 20),
  ]),
  onnx('gfpgan', 'GFPGAN 1.4', 'Makes faces clear again.', ['face-restore'], LICENCES.gfpgan, 'https://github.com/TencentARC/GFPGAN', [
    graph('gfpgan', 350),
    { name: 'face-detector.onnx', role: 'encoder', megabytes: 1 },
  ]),
  onnx(
    'codeformer',
    'CodeFormer',
    'Makes faces clear again, as close to the picture as wished.',
    ['face-restore'],
    LICENCES.slab,
    'https://github.com/sczhou/CodeFormer',
    [graph('codeformer', 380), { name: 'face-detector.onnx', role: 'encoder', megabytes: 1 }],
  ),
  onnx(
    'bgmv2',
    'Background Matting V2',
    'Alpha by comparison with a clean plate.',
    ['matte'],
    LICENCES.mit,
    'https://github.com/PeterL1n/BackgroundMattingV2',
    [graph('bgmv2', 60)],
  ),
  onnx('modnet', 'MODNet', 'Alpha of people.', ['matte'], LICENCES.apache, 'https://github.com/ZHKKKe/MODNet', [graph('modnet', 26)]),
  onnx(
    'birefnet',
    'BiRefNet',
    'Alpha of anything, fine as hair.',
    ['matte', 'remove-background'],
    LICENCES.mit,
    'https://github.com/ZhengPeng7/BiRefNet',
    [graph('birefnet', 980)],
    { vramMb: 6_000, maxParallelPerGpu: 1 },
  ),
  onnx('isnet', 'ISNet', 'Cuts out what stands out.', ['matte', 'remove-background'], LICENCES.apache, 'https://github.com/xuebinqin/DIS', [
    graph('isnet', 180),
  ]),
  onnx('u2net', 'U²-Net', 'Cuts out what stands out, quickly.', ['matte', 'remove-background'], LICENCES.apache, 'https://github.com/xuebinqin/U-2-Net', [
    graph('u2net', 180),
  ]),
  onnx('midas', 'MiDaS 2.1', 'Depth of a picture.', ['analyze'], LICENCES.mit, 'https://github.com/isl-org/MiDaS', [graph('midas', 65)]),
  onnx('openclip', 'OpenCLIP ViT-B-32', 'What pictures and words have in common.', ['analyze'], LICENCES.mit, 'https://github.com/mlfoundations/open_clip', [
    graph('openclip', 600),
  ]),
  onnx(
    'detector',
    'Object detector',
    'Finds people and things; a permissively licensed one, such as YOLOX.',
    ['analyze'],
    LICENCES.apache,
    'https://github.com/Megvii-BaseDetection/YOLOX',
    [graph('detector', 220)],
    { maxParallelPerGpu: 2 },
  ),
  onnx(
    'nsfw',
    'Classifier of unsafe pictures',
    'Says whether a picture is fit to be shown.',
    ['analyze'],
    LICENCES.apache,
    'https://huggingface.co/Falconsai/nsfw_image_detection',
    [graph('nsfw', 350)],
  ),
  adapter('sd15', 'ip-adapter-sd-1.5', 'IP-Adapter for SD 1.5', 50),
  adapter('sdxl', 'ip-adapter-sdxl', 'IP-Adapter for SDXL', 850),
  diffusion('sdxl', {
    slug: 'sdxl-inpainting-0.1',
    name: 'Stable Diffusion XL Inpainting 0.1',
    description: 'Made for replacing a part of a picture: it sees the hole and what lies around it.',
    operations: HOLES,
    vramMb: 10_000,
    gpuClasses: GPU,
    licence: LICENCES.openrailpp,
    source: 'https://huggingface.co/diffusers/stable-diffusion-xl-1.0-inpainting-0.1',
    files: [{ name: 'sdxl-inpainting-0.1.safetensors', role: 'checkpoint', megabytes: 7_000 }],
  }),
  diffusion('sd15', {
    slug: 'sd-1.5-inpainting',
    name: 'Stable Diffusion 1.5 Inpainting',
    description: 'Made for replacing a part of a picture, on small cards.',
    operations: HOLES,
    vramMb: 4_000,
    gpuClasses: GPU,
    licence: LICENCES.openrail,
    source: 'https://huggingface.co/stable-diffusion-v1-5/stable-diffusion-inpainting',
    files: [{ name: 'sd-1.5-inpainting.safetensors', role: 'checkpoint', megabytes: 2_200 }],
    loadMs: 8_000,
  }),
  diffusion('ltx', {
    slug: 'ltx-2',
    name: 'LTX-2',
    description: 'Clips with sound. No engine of this version runs it: LTX Video does that work.',
    vramMb: 32_000,
    gpuClasses: LARGE,
    licence: LICENCES.ltx2,
    source: 'https://huggingface.co/Lightricks/LTX-2',
    files: [],
  }),
  diffusion('wan', {
    slug: 'wan-2.2',
    name: 'Wan 2.2',
    description: 'Clips by two models in turn. No engine of this version runs it: Wan 2.1 does that work.',
    vramMb: 22_000,
    gpuClasses: MIDDLE,
    licence: LICENCES.apache,
    source: 'https://huggingface.co/Comfy-Org/Wan_2.2_ComfyUI_Repackaged',
    files: [],
  }),
  onnx(
    'zoedepth',
    'ZoeDepth',
    'Depth of a picture in metres. No engine of this version runs it: MiDaS does that work.',
    ['analyze'],
    LICENCES.mit,
    'https://github.com/isl-org/ZoeDepth',
    [],
  ),
];

const idOf = (index: number): string => `01936f2a-0000-7000-8000-${(index + 1).toString(16).padStart(12, '0')}`;

export const CATALOGUE: readonly CatalogueEntry[] = DRAFTS.map((draft, index) => ({
  ...{ simulated: false, priceFactor: 1 as const, loadMs: 0, source: null, files: [] },
  ...draft,
  id: idOf(index),
}));

/** When the catalogue's first entry was made; their order is that of their ids. */
export const CATALOGUE_SINCE = new Date('2024-11-24T00:00:00Z');
