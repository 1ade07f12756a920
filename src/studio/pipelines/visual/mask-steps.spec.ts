import { expect, it } from 'vitest';
import { Faults } from '../../jobs/index.js';
import { noteMaskSteps, stepsOf } from './mask-steps.js';
import type { MaskStepDto } from './visual.dto.js';

const faultsOf = (...steps: object[]): string[] => {
  const faults = Faults.none();
  noteMaskSteps(steps as MaskStepDto[], faults);
  try {
    faults.throwIfAny();
    return [];
  } catch (error) {
    return (error as { errors: { pointer: string; code: string }[] }).errors.map(({ pointer, code }) => `${pointer} ${code}`);
  }
};

it('a step has the values that it needs; null is none', () => {
  expect(faultsOf({ op: 'threshold', at: 0.5 }, { op: 'from_luminance' }, { op: 'from_luminance', threshold: null })).toEqual([]);
  expect(faultsOf({ op: 'threshold' }, { op: 'threshold', at: null }, { op: 'grow', pixels: null }, { op: 'from_colour', colour: null })).toEqual([
    '/steps/0/at required',
    '/steps/1/at required',
    '/steps/2/pixels required',
    '/steps/3/colour required',
  ]);
});

it('and none of another step', () => {
  expect(faultsOf({ op: 'invert', at: 1 }, { op: 'invert', at: null })).toEqual(['/steps/0/at not_used']);
});

it('an engine is told what was given', () => {
  expect(
    stepsOf([
      { op: 'from_luminance', threshold: null },
      { op: 'grow', pixels: 0 },
    ] as unknown as MaskStepDto[]),
  ).toEqual([{ op: 'from_luminance' }, { op: 'grow', pixels: 0 }]);
});
