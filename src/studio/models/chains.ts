import type { Operation } from '@atelier/contracts';

/** Stands in a chain for the models of the outside service that is set up, in the order of its settings. */
export const OUTSIDE = 'external';

/** Which model does an operation when the request names none: the first that is ready here. A variant is a quality, a style, a method. */
export const CHAINS: Readonly<Partial<Record<Operation, Readonly<Record<string, readonly string[]>>>>> = {
  txt2img: { '': ['sdxl-1.0', 'sd-1.5', OUTSIDE, 'builtin/placeholder'] },
  img2img: { '': ['sdxl-1.0', 'sd-1.5', OUTSIDE, 'builtin/placeholder'] },
  inpaint: { '': ['sdxl-inpainting-0.1', 'sdxl-1.0', 'sd-1.5-inpainting', 'sd-1.5', OUTSIDE, 'builtin/placeholder'] },
  outpaint: { '': ['sdxl-inpainting-0.1', 'sdxl-1.0', 'sd-1.5-inpainting', 'sd-1.5', OUTSIDE, 'builtin/placeholder'] },
  video: { '': ['svd-xt', 'wan-2.1', 'ltx-video', 'animatediff-v3', OUTSIDE, 'builtin/placeholder'] },
  upscale: {
    '': ['builtin/resample'],
    'photo-x4': ['realesrgan-x4', 'builtin/resample'],
    'photo-x2': ['realesrgan-x2', 'builtin/resample'],
    anime: ['realesrgan-anime', 'builtin/resample'],
  },
  segment: {
    '': ['sam2-base-plus', 'sam2-small', 'sam2-tiny', 'sam2-large', 'builtin/graph-cut'],
    fast: ['sam2-tiny', 'sam2-small', 'sam2-base-plus', 'sam2-large', 'builtin/graph-cut'],
    high: ['sam2-large', 'sam2-base-plus', 'sam2-small', 'sam2-tiny', 'builtin/graph-cut'],
  },
  'clean-up': { '': ['lama', 'builtin/fill'] },
  matte: {
    '': ['birefnet', 'isnet', 'u2net', 'builtin/matting'],
    portrait: ['modnet', 'birefnet', 'isnet', 'builtin/matting'],
    plate: ['bgmv2', 'builtin/matting'],
  },
  'remove-background': { '': ['birefnet', 'isnet', 'u2net', 'builtin/segmentation'] },
  'face-restore': { '': ['gfpgan', 'builtin/sharpen'], codeformer: ['codeformer', 'builtin/sharpen'] },
  interpolate: { '': ['rife', 'builtin/motion'] },
  'propagate-mask': { '': ['builtin/motion'] },
  mask: { '': ['builtin/mask'] },
  analyze: { '': ['midas'], depth: ['midas'], objects: ['detector'], safety: ['nsfw'], embedding: ['openclip'] },
};
