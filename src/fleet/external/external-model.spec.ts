import { describe, expect, it } from 'vitest';
import { fillInput, parseModels, priceOf } from './external-model.js';

const model = { version: 'v-1', operations: ['txt2img'], priceMicros: 4200, input: { prompt: '$prompt' } };
const parsed = (change: object) => parseModels(JSON.stringify({ 'outside/draw': { ...model, ...change } }));

describe('the settings of outside models', () => {
  it('are read, with defaults for name, factor and slot', () => {
    expect(parsed({}).get('outside/draw')).toEqual({
      ...{ slug: 'outside/draw', name: 'outside/draw', priceFactor: 1, version: 'v-1', operations: ['txt2img'] },
      ...{ callMicros: 4200n, secondMicros: 0n, input: { prompt: '$prompt' }, slot: 'image' },
    });
  });

  it.each([
    ['an operation that outside models do not do', { operations: ['upscale'] }, /operations.*txt2img/],
    ['no operation', { operations: [] }, /operations/],
    ['no version', { version: '' }, /version/],
    ['no price', { priceMicros: 0 }, /price/],
    ['half a millionth', { priceMicros: 0.5 }, /priceMicros/],
    ['a debt', { priceMicros: -1 }, /priceMicros/],
    ['no mapping', { input: null }, /input/],
    ['a strange slot', { slot: '../x' }, /slot/],
    ['a strange factor', { priceFactor: 3 }, /priceFactor/],
  ])('with %s are refused by model and field', (_what, change, message) => expect(() => parsed(change)).toThrow(message));

  it('that are no JSON, or no object, are refused', () => {
    expect(() => parseModels('{')).toThrow(/JSON/);
    expect(() => parseModels('[]')).toThrow(/object/);
    expect(() => parseModels('{"Bad Slug":{}}')).toThrow(/slug/);
  });
});

describe('a call', () => {
  it('is sent constants, parameters and addresses of inputs; what the task lacks is left out', () => {
    const input = { prompt: '$prompt', seed: '$seed', image: '$input:image', mask: '$input:mask', safety: true };
    expect(fillInput({ input }, { prompt: 'a cat', seed: 0 }, new Map([['image', 'https://here/1']]))).toEqual({
      ...{ prompt: 'a cat', seed: 0, image: 'https://here/1', safety: true },
    });
  });

  it('costs its fixed price when it succeeded, and its seconds in any case, rounded once', () => {
    const price = { callMicros: 4200n, secondMicros: 1150n };
    expect(priceOf(price, { succeeded: true, workSeconds: 2.3456 })).toBe(4200n + 2698n);
    expect(priceOf(price, { succeeded: false, workSeconds: 2 })).toBe(2300n);
    expect(priceOf(price, { succeeded: false, workSeconds: -1 })).toBe(0n);
  });
});
