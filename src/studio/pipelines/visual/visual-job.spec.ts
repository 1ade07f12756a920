import { expect, it } from 'vitest';
import { Faults } from '../../jobs/index.js';
import { enlarged, framesAt, notePoints, tooLarge } from './visual-job.js';

const faultsOf = (points: Parameters<typeof notePoints>[0]): string[] => {
  const faults = Faults.none();
  notePoints(points, { width: 100, height: 50 }, faults);
  try {
    faults.throwIfAny();
    return [];
  } catch (error) {
    return (error as { errors: { pointer: string; code: string }[] }).errors.map(({ pointer, code }) => `${pointer} ${code}`);
  }
};

it('a picture enlarged beyond what any engine is asked for is refused with its size', () => {
  expect(tooLarge(enlarged({ width: 1024, height: 768 }, 4))).toBeNull();
  expect(tooLarge(enlarged({ width: 1025, height: 768 }, 4))).toContain('4100 × 3072');
});

it('clicks lie within the picture, and one of them is on the subject', () => {
  expect(faultsOf([{ x: 99, y: 49, label: 1 }])).toEqual([]);
  expect(faultsOf([{ x: 99, y: 49, label: 0 }])).toEqual(['/points no_subject']);
  expect(
    faultsOf([
      { x: 100, y: 0, label: 1 },
      { x: 0, y: 50, label: 0 },
    ]),
  ).toEqual(['/points/0 outside', '/points/1 outside']);
});

it('a film at another rate is as long as before', () => {
  expect(framesAt(2, 60)).toBe(120);
  expect(framesAt(1.02, 24)).toBe(24);
  expect(framesAt(0.001, 24)).toBe(1);
});
