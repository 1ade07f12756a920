import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { EngineInputError, type EngineProgress, type EngineResult } from '../engine.js';
import { BuiltinEngine } from './builtin-engine.js';
import { readMetadata } from './png-metadata.js';

const engine = new BuiltinEngine(1);
afterAll(() => engine.close());

const words = {
  prompt: 'a fox in the snow',
  negativePrompt: 'blur',
  width: 128,
  height: 96,
  steps: 8,
  cfgScale: 7,
  sampler: 'euler',
  scheduler: 'normal',
  seed: 1,
  model: 'sd15',
};
const picture = () =>
  sharp({ create: { width: 90, height: 60, channels: 3, background: '#a06030' } })
    .jpeg()
    .toBuffer();

async function run(
  kind: 'txt2img' | 'img2img' | 'upscale' | 'remove-background',
  parameters: Record<string, unknown>,
  data?: Uint8Array,
  heard: EngineProgress[] = [],
): Promise<EngineResult> {
  const inputs = data ? [{ name: 'image', data, contentType: 'image/jpeg' }] : [];
  return engine.run({
    kind,
    parameters,
    inputs,
    weights: [],
    onLoaded: () => undefined,
    onProgress: (p) => heard.push(p),
    signal: new AbortController().signal,
  });
}
const digest = ({ outputs }: EngineResult) => createHash('sha256').update(outputs[0]!.data).digest('hex');

describe('builtin engine', () => {
  it('draws the same bytes for the same words and seed, other bytes for others', async () => {
    const first = digest(await run('txt2img', words));
    expect(digest(await run('txt2img', { ...words }))).toBe(first);
    const { model, ...rest } = words;
    expect(digest(await run('txt2img', { model, ...rest }))).toBe(first);
    const others = [
      { prompt: 'a fox in the sand' },
      { negativePrompt: '' },
      { seed: 2 },
      { steps: 9 },
      { model: 'sdxl' },
      { cfgScale: 9 },
      { sampler: 'heun' },
    ];
    const digests = await Promise.all(others.map(async (other) => digest(await run('txt2img', { ...words, ...other }))));
    expect(new Set([first, ...digests]).size).toBe(others.length + 1);
  });

  it('says in result and file that a picture is simulated, and how it was made', async () => {
    const { outputs, simulated, stepsDone, stepsTotal } = await run('txt2img', words);
    const [output] = outputs;
    expect({ simulated, stepsDone, stepsTotal }).toEqual({ simulated: true, stepsDone: 8, stepsTotal: 8 });
    expect(output).toMatchObject({ slot: 'image', contentType: 'image/png', width: 128, height: 96 });
    const { prompt, negativePrompt, seed, ...parameters } = words;
    expect(readMetadata(output!.data)).toMatchObject({
      prompt,
      negativePrompt,
      seed,
      parameters,
      engine: 'builtin',
      engineVersion: engine.version,
      simulated: true,
    });
    expect(readMetadata(output!.data)).toEqual(output!.metadata);
    expect(await sharp(output!.data).metadata()).toMatchObject({ format: 'png', width: 128, height: 96, hasAlpha: false });
  });

  it('tells each step, with a JPEG preview that fits the protocol', async () => {
    const heard: EngineProgress[] = [];
    await run('txt2img', { ...words, width: 512, height: 512 }, undefined, heard);
    expect(heard.filter((p) => p.stage === 'sampling').map((p) => p.step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(heard.at(-1)?.stage).toBe('encoding');
    const previews = heard.flatMap((p) => (p.preview ? [p.preview] : []));
    expect(previews.length).toBeGreaterThan(0);
    for (const preview of previews) expect(preview.byteLength).toBeLessThanOrEqual(12_000);
    expect((await sharp(previews[0]).metadata()).format).toBe('jpeg');
  });

  it('repaints a picture at the asked size; more strength is farther from it', async () => {
    const input = await picture();
    const [weak, strong] = await Promise.all([0.2, 0.9].map((strength) => run('img2img', { ...words, strength }, input)));
    expect(weak).toMatchObject({ simulated: true, stepsDone: 2 });
    expect(strong!.outputs[0]).toMatchObject({ width: 128, height: 96 });
    const distance = async (result: EngineResult) => {
      const { channels } = await sharp(result.outputs[0]!.data).stats();
      return Math.hypot(channels[0]!.mean - 0xa0, channels[1]!.mean - 0x60, channels[2]!.mean - 0x30);
    };
    expect(await distance(strong!)).toBeGreaterThan(await distance(weak!));
    expect(digest(await run('img2img', { ...words, strength: 0.9 }, input))).toBe(digest(strong!));
  });

  it('really enlarges, and says by what method', async () => {
    const { outputs, simulated } = await run('upscale', { factor: 2, style: 'photo' }, await picture());
    expect(simulated).toBe(false);
    expect(outputs[0]).toMatchObject({ width: 180, height: 120, metadata: { method: 'resampling', model: null, simulated: false } });
  });

  it.each([
    ['txt2img', { ...words, width: 9_000 }, 'width is 9000'],
    ['img2img', { ...words, strength: 2 }, 'strength is 2'],
    ['upscale', { factor: 3, style: 'photo' }, 'factor is 3'],
    ['remove-background', { background: 'puce' }, 'background is "puce"'],
  ] as const)('refuses wrong parameters of %s as the user’s fault, and lives on', async (kind, parameters, message) => {
    const refused = run(kind, parameters, await picture());
    await expect(refused).rejects.toThrow(EngineInputError);
    await expect(refused).rejects.toThrow(message);
  });

  it('refuses what is no picture, and a missing one', async () => {
    await expect(run('upscale', { factor: 2, style: 'photo' }, Buffer.from('not a picture'))).rejects.toThrow(EngineInputError);
    await expect(run('upscale', { factor: 2, style: 'photo' }, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'))).rejects.toThrow(
      'svg',
    );
    await expect(run('upscale', { factor: 2, style: 'photo' })).rejects.toThrow('no input "image"');
  });

  it('stops at the next step when asked, and takes the next task', async () => {
    const abort = new AbortController();
    const heard: EngineProgress[] = [];
    const stopped = engine.run({
      kind: 'txt2img',
      parameters: { ...words, width: 1024, height: 1024, steps: 150 },
      inputs: [],
      signal: abort.signal,
      weights: [],
      onLoaded: () => undefined,
      onProgress: (p) => {
        heard.push(p);
        if (p.step === 2) abort.abort();
      },
    });
    await expect(stopped).rejects.toThrow();
    expect(heard.at(-1)!.step).toBeLessThan(20);
    expect((await run('txt2img', words)).stepsDone).toBe(8);
  });

  it('runs several tasks at once', async () => {
    const results = await Promise.all([1, 2, 3].map((seed) => run('txt2img', { ...words, seed })));
    expect(new Set(results.map(digest)).size).toBe(3);
  });
});
