/** The engine's own check of what it is asked: the server has checked too, but a box must not trust a lease with its memory. */
import { PARAMETER_LIMITS } from '@atelier/contracts';
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
