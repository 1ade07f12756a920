import { PARAMETER_LIMITS } from '@atelier/contracts';

export const SHAPES = { '1:1': [1, 1], '4:3': [4, 3], '3:4': [3, 4], '16:9': [16, 9], '9:16': [9, 16] } as const;
export type Shape = keyof typeof SHAPES;
export const SIDES = [512, 768, 1024, 1536, 2048] as const;

const multiple = PARAMETER_LIMITS.sideMultiple;
const fit = (side: number): number => Math.max(PARAMETER_LIMITS.sideMin, Math.round(side / multiple) * multiple);

/** Width and height of a shape whose longest side is given, on the grid the engines need. */
export function sizeOf(shape: Shape, longest: number): { width: number; height: number } {
  const [w, h] = SHAPES[shape];
  return w >= h ? { width: fit(longest), height: fit((longest * h) / w) } : { width: fit((longest * w) / h), height: fit(longest) };
}

/** The shape a size has, if it is one of ours. */
export function shapeOf(width: number, height: number): Shape | 'free' {
  const names = Object.keys(SHAPES) as Shape[];
  return (
    names.find((name) => {
      const size = sizeOf(name, Math.max(width, height));
      return size.width === width && size.height === height;
    }) ?? 'free'
  );
}
