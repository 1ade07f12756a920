import { PARAMETER_LIMITS, type TaskKind } from '@atelier/contracts';
import type { JobInput, PictureInput, TaskPlan } from '../../jobs/index.js';

/** Lane of work that needs no weights. */
const LIGHT = 'cpu';

export interface Size {
  width: number;
  height: number;
}

export const enlarged = ({ width, height }: Size, factor: number): Size => ({ width: width * factor, height: height * factor });

/** Sides beyond what any engine is asked for, whatever the plan; null when it fits. */
export function tooLarge(size: Size): string | null {
  const side = Math.max(size.width, size.height);
  return side > PARAMETER_LIMITS.sideMax ? `The result would be ${size.width} × ${size.height}; ${PARAMETER_LIMITS.sideMax} pixels a side are the most.` : null;
}

const megapixels = ({ width, height }: Size): number => (width * height) / 1e6;

/** One task on a CPU. `work` is the size that decides how long it takes. */
export const lightTask = (kind: TaskKind, parameters: object, inputs: readonly JobInput[], work: Size): TaskPlan => ({
  engine: 'builtin',
  kind,
  parameters,
  inputs,
  weights: [],
  base: LIGHT,
  vramMb: 0,
  gpuClasses: ['CPU'],
  estimateUnits: megapixels(work),
  state: 'ready',
});

/** What is said of the method in reports: the engine of this installation, without weights. */
export const METHODS = { upscale: 'builtin/resample', 'remove-background': 'builtin/segmentation' } as const;

export const sizeOf = (picture: PictureInput | null): Size => ({ width: picture?.width ?? 0, height: picture?.height ?? 0 });
