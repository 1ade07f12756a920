import { OPERATIONS } from '@atelier/contracts';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from './catalogue.js';
import { CHAINS, OUTSIDE } from './chains.js';
import { fits, kindOf, unreadiness, type ModelEntry } from './model.js';

const entry = (slug: string, change: Partial<ModelEntry> = {}): ModelEntry => {
  const { files, ...rest } = CATALOGUE.find((known) => known.slug === slug)!;
  return {
    ...rest,
    ...{ ownerId: null, visibility: null, triggerWords: [], hasPreview: false, version: null, weights: [], thermal: 'COLD', createdAt: new Date(0) },
    files: files.map(({ name, role }) => ({ name, role, bytes: 1, digest: 'd' })),
    ...change,
  };
};
const here = { allowedLicences: new Set<string>(), isOffered: () => true, outside: null };

describe('the catalogue', () => {
  it('holds the 13 models of the visual pipeline and the others that were asked for by name, each with licence and source or none needed', () => {
    const slugs = CATALOGUE.map(({ slug }) => slug);
    for (const slug of [
      'sam2-large',
      'sam2-base-plus',
      'sam2-small',
      'sam2-tiny',
      'xmem',
      'lama',
      'rife',
      'realesrgan-x4',
      'realesrgan-anime',
      'gfpgan',
      'codeformer',
      'bgmv2',
      'modnet',
      ...['sdxl-1.0', 'sdxl-inpainting-0.1', 'sd-1.5', 'sd-1.5-inpainting', 'svd-xt', 'animatediff-v3', 'ltx-2', 'wan-2.2'],
      ...['openclip', 'midas', 'zoedepth', 'birefnet', 'detector', 'u2net', 'isnet', 'realesrgan-x2', 'ip-adapter-sd-1.5', 'ip-adapter-sdxl'],
    ])
      expect(slugs).toContain(slug);
    expect(new Set(slugs).size).toBe(slugs.length);
    expect(new Set(CATALOGUE.map(({ id }) => id)).size).toBe(slugs.length);
    for (const { slug, engine, licence, source, gpuClasses } of CATALOGUE) {
      expect(gpuClasses.length, slug).toBeGreaterThan(0);
      if (engine !== 'builtin') expect([licence === null, source === null], slug).toEqual([false, false]);
    }
  });

  it('sends no model to a class of cards that cannot hold it', () => {
    const cards = { CPU: Infinity, T4: 15_360, L4: 23_034, A10G: 23_028, A100: 40_960, H100: 81_559 };
    for (const { slug, vramMb, gpuClasses } of CATALOGUE)
      for (const gpuClass of gpuClasses) expect(vramMb, `${slug} on ${gpuClass}`).toBeLessThan(cards[gpuClass]);
  });

  it('replaces a part of a picture by the checkpoint that was trained to, before one of the same family that was not', () => {
    for (const operation of ['inpaint', 'outpaint'] as const) {
      const chain = CHAINS[operation]!['']!;
      for (const [trained, other] of [
        ['sdxl-inpainting-0.1', 'sdxl-1.0'],
        ['sd-1.5-inpainting', 'sd-1.5'],
      ] as const)
        expect(chain.indexOf(trained), trained).toBe(chain.indexOf(other) - 1);
    }
    expect(entry('sdxl-inpainting-0.1').operations).toEqual(['inpaint', 'outpaint']);
  });

  it('keeps off what no engine here runs, and says so', () => {
    for (const slug of ['xmem', 'ltx-2', 'wan-2.2', 'zoedepth']) {
      expect(unreadiness(entry(slug), here), slug).toMatchObject({ code: 'model_unavailable', message: expect.stringContaining('No engine') });
      expect(
        Object.values(CHAINS).flatMap((chains) => Object.values(chains).flat()),
        slug,
      ).not.toContain(slug);
    }
  });

  it('has for every operation a chain that ends with what needs no weights', () => {
    for (const operation of OPERATIONS) {
      const chains = CHAINS[kindOf(operation)]!;
      expect(chains[''], operation).toBeDefined();
      for (const chain of Object.values(chains)) {
        // What can be learned of a picture cannot be drawn instead.
        if (operation !== 'analyze') expect(chain.at(-1)).toMatch(/^builtin\//);
        for (const slug of chain.filter((one) => one !== OUTSIDE))
          expect(CATALOGUE.find((known) => known.slug === slug)?.operations, slug).toContain(kindOf(operation));
      }
    }
  });
});

describe('a model is used', () => {
  it('when its files are here, its licence allows it, it is not off and a pool runs it', () => {
    expect(unreadiness(entry('lama'), here)).toBeNull();
    expect(unreadiness(entry('lama', { files: [{ name: 'lama.onnx', role: 'graph', bytes: 1, digest: null }] }), here)).toMatchObject({
      code: 'model_not_ready',
      message: expect.stringContaining('lama.onnx'),
    });
    expect(unreadiness(entry('lama', { thermal: 'OFF' }), here)).toMatchObject({ code: 'model_off' });
    expect(unreadiness(entry('lama'), { ...here, isOffered: () => false })).toMatchObject({ code: 'model_unavailable' });
    expect(unreadiness(entry('builtin/fill'), { ...here, isOffered: () => false })).toBeNull();
  });

  it('of the outside service when the workspace has agreed, whatever machines there are', () => {
    const away = entry('lama', { engine: 'external', files: [] });
    expect(unreadiness(away, { ...here, isOffered: () => false })).toBeNull();
    const outside = { code: 'external_consent_missing' as const, message: 'No.', fix: 'Ask.' };
    expect(unreadiness(away, { ...here, outside })).toEqual(outside);
  });

  it('of a licence that forbids or wants a look only after the operator has spoken', () => {
    expect(unreadiness(entry('codeformer'), here)).toMatchObject({ code: 'licence_not_allowed', message: expect.stringContaining('forbids') });
    expect(unreadiness(entry('gfpgan'), here)).toMatchObject({ code: 'licence_not_allowed', message: expect.stringContaining('reviewed') });
    expect(unreadiness(entry('gfpgan'), { ...here, allowedLicences: new Set(['GFPGAN']) })).toBeNull();
    expect(unreadiness(entry('codeformer'), { ...here, allowedLicences: new Set(['*']) })).toBeNull();
  });
});

it('a search takes type, base and every word anywhere', () => {
  const lama = entry('lama');
  expect(fits(lama, { type: 'onnx', q: 'hole fills' })).toBe(true);
  expect(fits(lama, { type: 'lora' })).toBe(false);
  expect(fits(lama, { q: 'hole castle' })).toBe(false);
});
