/** What graph each recipe promises. The server's catalogue names files by these prefixes; a file that keeps no promise is refused. */
import { ONNX_RECIPES, type OnnxRecipe, type WeightRole } from '@atelier/contracts';

/** `name: null` is told by its place (the export names it as it likes); `null` in a shape is any size. */
export interface PromisedValue {
  name: string | null;
  shape: readonly (number | null)[];
}
export interface Layout {
  name: string;
  inputs: readonly PromisedValue[];
  outputs: readonly PromisedValue[];
}
export interface Recipe {
  /** Beginning of the file's name. */
  prefix: OnnxRecipe;
  family: string;
  role: WeightRole;
  /** Exports that are known; the first that fits is used. */
  layouts: readonly Layout[];
}

const value = (name: string | null, ...shape: (number | null)[]): PromisedValue => ({ name, shape });
const picture = (name: string | null, side: number | null): PromisedValue => value(name, 1, 3, side, side);
const single = (inputs: PromisedValue[], outputs: PromisedValue[]): Layout[] => [{ name: 'documented', inputs, outputs }];
const enlarger = (prefix: OnnxRecipe): Recipe => ({
  prefix,
  family: 'realesrgan',
  role: 'graph',
  layouts: single([picture(null, null)], [picture(null, null)]),
});
const matter = (prefix: OnnxRecipe, side: number): Recipe => ({
  prefix,
  family: prefix,
  role: 'graph',
  layouts: single([picture(null, side)], [value(null, 1, 1, side, side)]),
});
const YUNET_STRIDES = [8, 16, 32];

const LIST: readonly Recipe[] = [
  {
    prefix: 'sam2-encoder',
    family: 'sam2',
    role: 'encoder',
    layouts: single(
      [picture('image', 1024)],
      [value('high_res_feats_0', 1, 32, 256, 256), value('high_res_feats_1', 1, 64, 128, 128), value('image_embed', 1, 256, 64, 64)],
    ),
  },
  {
    prefix: 'sam2-decoder',
    family: 'sam2',
    role: 'decoder',
    layouts: single(
      [
        value('image_embed', 1, 256, 64, 64),
        value('high_res_feats_0', 1, 32, 256, 256),
        value('high_res_feats_1', 1, 64, 128, 128),
        value('point_coords', null, null, 2),
        value('point_labels', null, null),
        value('mask_input', null, 1, 256, 256),
        value('has_mask_input', null),
      ],
      [value('masks', null, null, 256, 256), value('iou_predictions', null, null)],
    ),
  },
  matter('u2net', 320),
  matter('isnet', 1024),
  matter('birefnet', 1024),
  { prefix: 'modnet', family: 'modnet', role: 'graph', layouts: single([picture('input', null)], [value('output', 1, 1, null, null)]) },
  { prefix: 'bgmv2', family: 'bgmv2', role: 'graph', layouts: single([picture('src', null), picture('bgr', null)], [value('pha', 1, 1, null, null)]) },
  {
    prefix: 'lama',
    family: 'lama',
    role: 'graph',
    layouts: [
      { name: 'image and mask', inputs: [picture('image', null), value('mask', 1, 1, null, null)], outputs: [picture(null, null)] },
      { name: 'four channels', inputs: [value('input', 1, 4, null, null)], outputs: [picture('output', null)] },
    ],
  },
  enlarger('realesrgan-x2'),
  enlarger('realesrgan-x4'),
  enlarger('realesrgan-anime'),
  { prefix: 'gfpgan', family: 'gfpgan', role: 'graph', layouts: single([picture('input', 512)], [picture(null, 512)]) },
  { prefix: 'codeformer', family: 'codeformer', role: 'graph', layouts: single([picture('input', 512), value('weight', 1)], [picture(null, 512)]) },
  {
    prefix: 'face-detector',
    family: 'yunet',
    role: 'graph',
    layouts: single(
      [picture('input', 640)],
      (['cls', 'obj', 'bbox', 'kps'] as const).flatMap((kind) =>
        YUNET_STRIDES.map((stride) => value(`${kind}_${stride}`, 1, (640 / stride) ** 2, { cls: 1, obj: 1, bbox: 4, kps: 10 }[kind])),
      ),
    ),
  },
  {
    prefix: 'rife',
    family: 'rife',
    role: 'graph',
    layouts: single([picture('img0', null), picture('img1', null), value('timestep', 1)], [picture('output', null)]),
  },
  {
    prefix: 'midas',
    family: 'midas',
    role: 'graph',
    layouts: [256, 384].map((side) => ({ name: `${side}`, inputs: [picture(null, side)], outputs: [value(null, 1, side, side)] })),
  },
  { prefix: 'openclip', family: 'openclip', role: 'graph', layouts: single([picture(null, 224)], [value(null, 1, null)]) },
  {
    prefix: 'detector',
    family: 'detector',
    role: 'graph',
    layouts: [
      { name: 'yolox', inputs: [picture('images', 640)], outputs: [value('output', 1, 8400, 85)] },
      { name: 'rt-detr', inputs: [picture('pixel_values', 640)], outputs: [value('logits', 1, null, 80), value('pred_boxes', 1, null, 4)] },
    ],
  },
  { prefix: 'nsfw', family: 'nsfw', role: 'graph', layouts: single([picture(null, 224)], [value(null, 1, null)]) },
];

export const RECIPES: Readonly<Record<OnnxRecipe, Recipe>> = Object.fromEntries(LIST.map((recipe) => [recipe.prefix, recipe])) as Record<OnnxRecipe, Recipe>;

/** The longest prefix that fits; null when none does. */
export function recipeOf(name: string): Recipe | null {
  const prefix = ONNX_RECIPES.filter((recipe) => name.startsWith(recipe)).sort((a, b) => b.length - a.length)[0];
  return prefix ? RECIPES[prefix] : null;
}
