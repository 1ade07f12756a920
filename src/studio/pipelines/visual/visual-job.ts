import { PARAMETER_LIMITS, type Point } from '@atelier/contracts';
import type { Faults, FilmInput, PictureInput } from '../../jobs/index.js';

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

export const megapixels = ({ width, height }: Size): number => (width * height) / 1e6;

export const sizeOf = (found: PictureInput | FilmInput | null): Size => ({ width: found?.width ?? 0, height: found?.height ?? 0 });

/** Notes clicks beside the picture, and a list of clicks none of which is on the subject. */
export function notePoints(points: readonly Point[], picture: Size | null, faults: Faults): void {
  if (faults.touch('/points')) return;
  if (!points.some(({ label }) => label === 1))
    faults.add('/points', { code: 'no_subject', message: 'No click is on the subject.', fix: 'Send at least one point with label 1.' });
  if (!picture) return;
  for (const [i, { x, y }] of points.entries())
    if (x >= picture.width || y >= picture.height)
      faults.add(`/points/${i}`, {
        code: 'outside',
        message: `The point ${x}, ${y} lies outside the picture, which is ${picture.width} × ${picture.height}.`,
        fix: 'Points are pixels of the picture as displayed, from its top left corner.',
      });
}

/** Frames of a film shown at another rate: as long as before, to the nearest frame. */
export const framesAt = (durationSeconds: number, fps: number): number => Math.max(1, Math.round(durationSeconds * fps));
