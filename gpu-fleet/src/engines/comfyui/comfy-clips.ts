/** How large the frames of a prompt come out of ComfyUI. */
import type { Prompt } from './comfy-nodes.js';

interface Size {
  width: number;
  height: number;
}

/** Families' nodes round down to what their models see, and say nothing. */
const ROUNDED: readonly (readonly [node: RegExp, multiple: number])[] = [
  [/LTXV/, 32],
  [/^WanImageToVideo$|HunyuanLatent/, 16],
];

/** @param otherwise where no node of the prompt says it */
export function frameSizeOf(prompt: Prompt, otherwise: Size): Size {
  const sized = Object.values(prompt).filter(({ inputs }) => 'width' in inputs && 'height' in inputs);
  const of = ({ inputs }: Prompt[string]): Size => ({ width: Number(inputs['width']), height: Number(inputs['height']) });
  const crop = sized.find(({ class_type }) => class_type === 'ImageCrop');
  if (crop) return of(crop);
  const made = sized[0] ? of(sized[0]) : otherwise;
  const multiple = ROUNDED.find(([node]) => sized[0] && node.test(sized[0].class_type))?.[1] ?? 8;
  const down = (side: number): number => Math.floor(side / multiple) * multiple;
  return { width: down(made.width), height: down(made.height) };
}
