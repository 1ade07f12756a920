import type { MaskStep } from '@atelier/contracts';
import type { Faults } from '../../jobs/index.js';
import type { MaskStepDto } from './visual.dto.js';

export const MASK_OPS = ['from_alpha', 'from_luminance', 'from_colour', 'invert', 'grow', 'feather', 'threshold'] as const satisfies readonly MaskStep['op'][];

/** Which values belong to a step, and which of them it cannot do without. */
const VALUES: Record<MaskStep['op'], { takes: readonly (keyof MaskStepDto)[]; needs: readonly (keyof MaskStepDto)[] }> = {
  from_alpha: { takes: [], needs: [] },
  from_luminance: { takes: ['threshold'], needs: [] },
  from_colour: { takes: ['colour', 'tolerance'], needs: ['colour'] },
  invert: { takes: [], needs: [] },
  grow: { takes: ['pixels'], needs: ['pixels'] },
  feather: { takes: ['pixels'], needs: ['pixels'] },
  threshold: { takes: ['at'], needs: ['at'] },
};

/** A value that is null was not given. */
const isMissing = (value: unknown): boolean => value === undefined || value === null;

/** The steps as an engine is told them, without what was not given. Pure. */
export const stepsOf = (steps: readonly MaskStepDto[]): MaskStep[] =>
  steps.map((step) => Object.fromEntries(Object.entries(step).filter(([, value]) => !isMissing(value))) as MaskStep);

/** Notes what the bounds of single fields cannot tell: values that are missing, that belong to another step, a feather below zero. Pure. */
export function noteMaskSteps(steps: readonly MaskStepDto[], faults: Faults): void {
  const given: readonly MaskStepDto[] = Array.isArray(steps) ? steps : [];
  for (const [i, step] of given.entries()) {
    const known: (typeof VALUES)[MaskStep['op']] | undefined = VALUES[step.op];
    if (!known || faults.touch(`/steps/${i}`)) continue;
    for (const name of known.needs)
      if (isMissing(step[name])) faults.add(`/steps/${i}/${name}`, { code: 'required', message: `${step.op} needs ${name}.`, fix: 'Add it.' });
    for (const name of Object.keys(step) as (keyof MaskStepDto)[])
      if (name !== 'op' && !isMissing(step[name]) && !known.takes.includes(name))
        faults.add(`/steps/${i}/${name}`, { code: 'not_used', message: `${step.op} takes no ${name}.`, fix: 'Remove it.' });
    if (step.op === 'feather' && !isMissing(step.pixels) && step.pixels! < 0)
      faults.add(`/steps/${i}/pixels`, {
        code: 'min',
        message: 'A feather is at least 0 pixels wide.',
        fix: 'Use grow with a negative number to make the mask smaller.',
      });
  }
}
