import type { Model } from '@atelier/ui-kit';
import { describe, expect, it } from 'vitest';
import { controlsOf, fitted, misfit, nativeSettings, unableOf } from './abilities.js';
import { DEFAULTS } from './draft.js';

const model = (base: string, engine: Model['engine'] = 'comfyui'): Model => ({ name: base, base, engine, ready: true, reason: null }) as Model;

describe('what a model can do', () => {
  it('a family says what it has no use for', () => {
    expect(unableOf(model('sdxl'), 'txt2img')).toEqual({});
    expect(Object.keys(unableOf(model('flux'), 'txt2img')).sort()).toEqual(['embeddings', 'negativePrompt']);
    expect(Object.keys(unableOf(model('svd'), 'video')).sort()).toEqual(['embeddings', 'loras', 'negativePrompt']);
    expect(controlsOf(model('flux'))).toEqual(['canny', 'depth']);
  });

  it('the placeholder takes no companions, and says so', () => {
    const unable = unableOf(model('builtin', 'builtin'), 'txt2img');
    expect(Object.keys(unable).sort()).toEqual(['controlNets', 'embeddings', 'loras']);
    expect(unable.loras).toContain('builtin');
  });

  it('nothing is forbidden while the models are not known', () => {
    expect(unableOf(undefined, 'txt2img')).toEqual({});
    expect(misfit(model('sdxl'), undefined)).toBeNull();
  });

  it('a LoRA of another family is refused by name, one that is not ready with its reason', () => {
    expect(misfit(model('sdxl'), model('sdxl'))).toBeNull();
    expect(misfit(model('sdxl'), model('sd15'))).toMatch(/Stable Diffusion XL.*Stable Diffusion 1\.5/);
    expect(misfit({ ...model('sdxl'), ready: false, reason: { code: 'x', message: 'Not here.', fix: '' } }, model('sdxl'))).toBe('Not here.');
  });

  it('a model is named only for what it does', () => {
    const models = [{ ...model('sdxl'), slug: 'own/a', id: 'mdl_1' }];
    expect(fitted({ ...DEFAULTS, model: 'own/a' }, models).model).toBe('own/a');
    expect(fitted({ ...DEFAULTS, model: 'own/b' }, models).model).toBeNull();
    expect(fitted({ ...DEFAULTS, model: 'own/b' }, []).model).toBe('own/b');
  });

  it('the settings of a family keep the shape and name only what differs', () => {
    expect(nativeSettings(model('builtin', 'builtin'), DEFAULTS)).toEqual({});
    expect(nativeSettings(model('sdxl'), { ...DEFAULTS, width: 512, height: 384, cfgScale: 6 })).toEqual({
      steps: 30,
      sampler: 'dpmpp_2m',
      scheduler: 'karras',
      width: 1024,
      height: 768,
    });
  });
});
