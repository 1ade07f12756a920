/** The engine's own check of what it is asked: the server has checked too, but a box must not trust a lease with its memory. */
import { PARAMETER_LIMITS, type Point } from '@atelier/contracts';
import { EngineInputError } from '../engine.js';

/** @throws EngineInputError when `name` is no whole number from `least` to `most`. */
export function wholeOf(parameters: object, name: string, least: number, most: number): number {
  const value = (parameters as Record<string, unknown>)[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new EngineInputError('bad_parameters', `${name} is ${JSON.stringify(value)}: use a whole number from ${least} to ${most}.`);
}

export function sidesOf(parameters: object): { width: number; height: number } {
  const { sideMin, sideMax } = PARAMETER_LIMITS;
  return { width: wholeOf(parameters, 'width', sideMin, sideMax), height: wholeOf(parameters, 'height', sideMin, sideMax) };
}

/** @throws EngineInputError when `name` is no number from 0 to 1. */
export function shareOf(parameters: object, name: string): number {
  const value = (parameters as Record<string, unknown>)[name];
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new EngineInputError('bad_parameters', `${name} is ${JSON.stringify(value)}: use a number from 0 to 1.`);
}

/** None, or clicks within the picture of which one at least is on the subject. @throws EngineInputError for anything else */
export function clicksOf(points: unknown, { width, height }: { width: number; height: number }): Point[] {
  const list = Array.isArray(points) ? (points as Partial<Point>[]) : null;
  const within = (at: unknown, side: number): boolean => typeof at === 'number' && at >= 0 && at < side;
  const valid = list?.every((click) => within(click?.x, width) && within(click?.y, height) && (click.label === 0 || click.label === 1));
  if (!list || !valid || list.length > PARAMETER_LIMITS.pointsMax)
    throw new EngineInputError(
      'bad_points',
      `points are at most ${PARAMETER_LIMITS.pointsMax} clicks within the ${width} × ${height} picture, each with label 1 or 0.`,
    );
  if (list.length > 0 && !list.some(({ label }) => label === 1))
    throw new EngineInputError('bad_points', 'No click is on the subject: send at least one point with label 1.');
  return list as Point[];
}
