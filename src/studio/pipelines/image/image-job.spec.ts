import { describe, expect, it } from 'vitest';
import type { ChosenModel } from '../../jobs/index.js';
import { imagePrice, imageTasks, NO_COMPANIONS, seedOf, workOf } from './image-job.js';
import { Txt2ImgDto } from './image.dto.js';

const model: ChosenModel = {
  slug: 'builtin/placeholder',
  base: 'builtin',
  family: 'builtin',
  engine: 'builtin',
  weights: [],
  vramMb: 0,
  gpuClasses: ['CPU'],
  priceFactor: 1,
  simulated: true,
};
const request = (over: Partial<Txt2ImgDto> = {}): Txt2ImgDto & { seed: number } => Object.assign(new Txt2ImgDto(), { prompt: 'a lighthouse', seed: 7 }, over);

describe('a batch', () => {
  it('is one task per picture, with the seeds that follow the first', () => {
    const tasks = imageTasks('txt2img', request({ batchSize: 2, batchCount: 2 }), { entry: model, companions: NO_COMPANIONS }, []);
    expect(tasks.map((task) => (task.parameters as { seed: number }).seed)).toEqual([7, 8, 9, 10]);
    expect(new Set(tasks.map((task) => task.state))).toEqual(new Set(['ready']));
  });

  it('goes on at seed 0 after the last one', () => {
    expect(seedOf(4294967295, 0)).toBe(4294967295);
    expect(seedOf(4294967295, 1)).toBe(0);
  });

  it('is priced as so many pictures of so many pixels and steps', () => {
    expect(imagePrice(request({ width: 768, steps: 40, batchSize: 3 }), { priceFactor: 2 })).toEqual([
      { code: 'image', pixels: 393216, steps: 40, images: 3, modelFactor: 2, controlNets: 0, loras: 0 },
    ]);
  });
});

it('the work of image-to-image shrinks with its strength, but never below one step', () => {
  expect(workOf({ width: 1000, height: 1000, steps: 20 })).toBe(20);
  expect(workOf({ width: 1000, height: 1000, steps: 20 }, 0.5)).toBe(10);
  expect(workOf({ width: 1000, height: 1000, steps: 20 }, 0)).toBe(1);
});

it('only image-to-image tasks carry a strength', () => {
  expect(imageTasks('txt2img', request(), { entry: model, companions: NO_COMPANIONS }, [])[0]!.parameters).not.toHaveProperty('strength');
  expect(imageTasks('img2img', { ...request(), strength: 0.75 }, { entry: model, companions: NO_COMPANIONS }, [])[0]!.parameters).toHaveProperty(
    'strength',
    0.75,
  );
});
