import { expect, it } from 'vitest';
import { enlarged, lightTask, tooLarge } from './visual-job.js';

it('a picture enlarged beyond what any engine is asked for is refused with its size', () => {
  expect(tooLarge(enlarged({ width: 1024, height: 768 }, 4))).toBeNull();
  expect(tooLarge(enlarged({ width: 1025, height: 768 }, 4))).toContain('4100 × 3072');
});

it('light work goes to a CPU, sized in megapixels', () => {
  expect(lightTask('upscale', { factor: 2, style: 'photo' }, [], { width: 2000, height: 1000 })).toMatchObject({
    base: 'cpu',
    gpuClasses: ['CPU'],
    vramMb: 0,
    estimateUnits: 2,
    state: 'ready',
  });
});
