import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '@atelier/contracts';
import {
  aboutTokens,
  changesIn,
  DEFAULTS,
  FORMS,
  fromJob,
  missingInputs,
  pictureCount,
  resetGroup,
  shapeOf,
  SHAPES,
  SIDES,
  sizeOf,
  toParameters,
  withWord,
} from './draft.js';

describe('draft', () => {
  it('an operation is sent only the parameters it takes', () => {
    const draft = { ...DEFAULTS, prompt: 'a cat', image: 'ast_1' };
    expect(Object.keys(toParameters(draft))).not.toContain('image');
    expect(toParameters({ ...draft, operation: 'upscale' })).toEqual({ image: 'ast_1', factor: 4, style: 'photo' });
    expect(toParameters({ ...draft, operation: 'remove-background' })).toEqual({ image: 'ast_1', background: 'transparent' });
  });

  it('a random seed and the default model are left to the server', () => {
    const sent = toParameters({ ...DEFAULTS, prompt: 'a cat' });
    expect(sent).not.toHaveProperty('seed');
    expect(sent).not.toHaveProperty('model');
    expect(sent).not.toHaveProperty('negativePrompt');
    expect(toParameters({ ...DEFAULTS, seed: 0 })).toHaveProperty('seed', 0);
  });

  it('a job opens in the form with all that the form knows', () => {
    const draft = fromJob('txt2img', { prompt: 'a dog', width: 768, seed: 7, steps: 30, loras: [{}], batchSize: 'x' }, { ...DEFAULTS, visibility: 'tenant' });
    expect(draft).toMatchObject({ prompt: 'a dog', width: 768, height: 512, seed: 7, steps: 30, batchSize: 1, visibility: 'tenant' });
    expect(fromJob('talking-head', {}, draft)).toBe(draft);
    expect(fromJob('inpaint', { prompt: 'a dog' }, draft)).toBe(draft);
  });

  it('sending what a job was made with gives the same parameters again', () => {
    const made = { ...DEFAULTS, operation: 'img2img' as const, prompt: 'a', image: 'ast_1', strength: 0.4, seed: 4294967295, model: 'mdl_1' };
    expect(toParameters(fromJob('img2img', toParameters(made), DEFAULTS))).toEqual(toParameters(made));
  });

  it('pictures are counted over the rounds, and one for operations on one picture', () => {
    expect(pictureCount({ ...DEFAULTS, batchSize: 4, batchCount: 3 })).toBe(12);
    expect(pictureCount({ ...DEFAULTS, operation: 'upscale', batchSize: 4 })).toBe(1);
  });

  it('every shape at every side lies on the grid of 8, within the side, and is recognised again', () => {
    for (const shape of Object.keys(SHAPES) as (keyof typeof SHAPES)[]) {
      for (const side of SIDES) {
        const { width, height } = sizeOf(shape, side);
        expect([width % 8, height % 8, Math.max(width, height)]).toEqual([0, 0, side]);
        expect(shapeOf(width, height)).toBe(shape);
      }
    }
    expect(shapeOf(520, 512)).toBe('free');
  });

  it('changed settings that are folded away are counted, and can be reset', () => {
    const draft = { ...DEFAULTS, sampler: 'heun', batchCount: 2 };
    expect(changesIn(draft, 'advanced')).toBe(2);
    expect({ ...draft, ...resetGroup('advanced') }).toEqual(DEFAULTS);
  });

  it('every operation has its place in the draft, but the click session, which the mask editor opens', () => {
    expect([...FORMS, 'segment-session'].sort()).toEqual([...OPERATIONS].sort());
  });

  it('what two operations call the same is kept apart in the form and sent under its own name', () => {
    const draft = { ...DEFAULTS, image: 'ast_1', matteMethod: 'portrait' as const, faceMethod: 'codeformer' as const, plate: 'ast_2' };
    expect(toParameters({ ...draft, operation: 'matte' })).toEqual({ image: 'ast_1', method: 'portrait' });
    expect(toParameters({ ...draft, operation: 'matte', matteMethod: 'plate' })).toEqual({ image: 'ast_1', method: 'plate', plate: 'ast_2' });
    expect(toParameters({ ...draft, operation: 'face-restore' })).toEqual({ image: 'ast_1', method: 'codeformer', fidelity: 0.5 });
  });

  it('removing an object sends either the mask or the clicks, never both', () => {
    const points = [{ x: 1, y: 2, label: 1 as const }];
    const draft = { ...DEFAULTS, operation: 'smart-remove' as const, image: 'ast_1', points };
    expect(toParameters(draft)).toEqual({ image: 'ast_1', points });
    expect(toParameters({ ...draft, mask: 'ast_2' })).toEqual({ image: 'ast_1', mask: 'ast_2' });
  });

  it('what is missing is named in the order of the form; a clip needs words or a first frame', () => {
    expect(missingInputs({ ...DEFAULTS, operation: 'inpaint' })).toEqual(['image', 'mask', 'prompt']);
    expect(missingInputs({ ...DEFAULTS, operation: 'video' })).toEqual(['prompt']);
    expect(missingInputs({ ...DEFAULTS, operation: 'video', image: 'ast_1' })).toEqual([]);
    expect(missingInputs({ ...DEFAULTS, operation: 'matte', image: 'ast_1', matteMethod: 'plate' })).toEqual(['plate']);
  });

  it('the token count is that of CLIP for plain prompts, and grows with long words', () => {
    expect(aboutTokens('')).toBe(0);
    expect(aboutTokens('a photo of a cat')).toBe(5);
    expect(aboutTokens('a cat, 8k')).toBe(5);
    expect(aboutTokens('photorealistic')).toBeGreaterThan(1);
  });

  it('the word of an embedding is added once', () => {
    expect(withWord('a cat,', 'soft-light')).toBe('a cat, soft-light');
    expect(withWord('soft-light, a cat', 'soft-light')).toBe('soft-light, a cat');
  });
});
