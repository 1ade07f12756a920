import { describe, expect, it } from 'vitest';
import { chooseModel, fits, type ModelEntry } from './model.js';

const entry = (over: Partial<ModelEntry>): ModelEntry => ({
  id: 'a',
  slug: 'builtin/placeholder',
  name: 'Built-in placeholder',
  description: 'Draws without a model',
  type: 'checkpoint',
  base: 'builtin',
  operations: ['txt2img'],
  simulated: true,
  vramMb: 0,
  gpuClasses: ['CPU'],
  priceFactor: 1,
  licence: null,
  isDefault: true,
  createdAt: new Date(0),
  ...over,
});
const other = entry({ id: 'b', slug: 'sdxl/base', isDefault: false, base: 'sdxl', operations: ['txt2img', 'img2img'] });
const lora = entry({ id: 'c', slug: 'lora/ink', type: 'lora', isDefault: false });
const catalogue = [other, entry({}), lora];

describe('the model an operation uses', () => {
  it('is the default when none is named, or the only one that can do it', () => {
    expect(chooseModel(catalogue, 'txt2img')?.slug).toBe('builtin/placeholder');
    expect(chooseModel(catalogue, 'img2img')?.slug).toBe('sdxl/base');
  });

  it('is the one named by slug or by id', () => {
    expect(chooseModel(catalogue, 'txt2img', { slug: 'sdxl/base', id: null })?.id).toBe('b');
    expect(chooseModel(catalogue, 'txt2img', { slug: 'mdl_…', id: 'b' })?.id).toBe('b');
  });

  it('is never one that cannot do it, nor something other than a checkpoint', () => {
    expect(chooseModel(catalogue, 'img2img', { slug: 'builtin/placeholder', id: null })).toBeUndefined();
    expect(chooseModel(catalogue, 'txt2img', { slug: 'lora/ink', id: null })).toBeUndefined();
    expect(chooseModel(catalogue, 'upscale')).toBeUndefined();
  });
});

it('a search keeps what fits every criterion and holds every word', () => {
  expect(catalogue.filter((e) => fits(e, { type: 'checkpoint', base: 'builtin', q: 'Draws model' })).map((e) => e.id)).toEqual(['a']);
  expect(catalogue.filter((e) => fits(e, {})).length).toBe(3);
  expect(catalogue.filter((e) => fits(e, { q: 'nothing' })).length).toBe(0);
});
