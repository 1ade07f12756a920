import { expect, it } from 'vitest';
import { fittedSize } from './picture-size.js';

it('a result without a size has that of its picture, rounded to 8 and within the plan', () => {
  expect(fittedSize({ width: 641, height: 480 }, {}, 4096)).toEqual({ width: 640, height: 480 });
  expect(fittedSize({ width: 4000, height: 2000 }, {}, 1024)).toEqual({ width: 1024, height: 512 });
  expect(fittedSize({ width: 20, height: 30 }, {}, 1024)).toEqual({ width: 64, height: 64 });
});

it('one side that was asked for stays, and the other keeps the shape', () => {
  expect(fittedSize({ width: 800, height: 400 }, { width: 400 }, 4096)).toEqual({ width: 400, height: 200 });
  expect(fittedSize({ width: 800, height: 400 }, { width: 64, height: 128 }, 4096)).toEqual({ width: 64, height: 128 });
});
