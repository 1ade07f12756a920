import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAMILIES, SAMPLERS, SCHEDULERS, type DiffusionFamily } from '@atelier/contracts';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readMetadata } from '../builtin/png-metadata.js';
import { EngineInputError, type EngineProgress, type EngineWeights } from '../engine.js';
import * as nodes from './comfy-nodes.js';
import { ComfyStandIn, type Behaviour } from './comfy-stand-in.js';
import { drawing, only, plain, runOn, weightsIn, type Watch } from './comfy-trial.js';
import { ComfyuiEngine } from './comfyui-engine.js';

const scratch = mkdtempSync(join(tmpdir(), 'atelier-comfy-spec-'));
let comfy: ComfyStandIn;
let engine: ComfyuiEngine;
beforeAll(async () => {
  comfy = await ComfyStandIn.start();
});
beforeEach(async () => {
  comfy.reset();
  engine = await ComfyuiEngine.open({ url: comfy.url, dir: comfy.folder, quietMs: 300, hangMs: 1_200, graceMs: 800, startMs: 2_000 });
});
afterEach(() => engine?.close());
afterAll(async () => {
  await comfy?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const weights = weightsIn(scratch);
const CHECKPOINTS: Record<string, EngineWeights[]> = {
  wan: [weights('diffusion_model', 'wan'), weights('text_encoder', 'wan-t5'), weights('vae', 'wan-vae'), weights('clip_vision', 'wan-eye')],
  ltx: [weights('checkpoint', 'ltx'), weights('text_encoder', 'ltx-t5')],
  animatediff: [weights('checkpoint', 'ad-base'), weights('motion', 'ad-motion')],
};
const modelOf = (family: string): EngineWeights[] => CHECKPOINTS[family] ?? [weights('checkpoint', family)];
const run = runOn(() => engine);
const draw = (o: Watch = {}, change: object = {}) => run('txt2img', drawing('sd15', change), {}, modelOf('sd15'), o);
const nodesOf = (at = -1) => Object.values(comfy.submitted.at(at)!);
const node = (name: string) => nodesOf().find(({ class_type }) => class_type === name)!.inputs;
const behave = (behaviour: Behaviour): void => void (comfy.behaviour = behaviour);

it('the samplers and schedulers of the API are those of ComfyUI', () => {
  expect([...SAMPLERS].sort()).toEqual([...nodes.SAMPLERS].sort());
  expect([...SCHEDULERS].sort()).toEqual([...nodes.SCHEDULERS].sort());
});

describe('a picture', () => {
  it('is submitted, followed step by step with previews, fetched, and carries its facts', async () => {
    const heard: EngineProgress[] = [];
    let loaded = 0;
    behave({ stepMs: 450 });
    const result = await draw({ heard, onLoaded: () => void loaded++ });
    const output = only(result);
    expect(result).toMatchObject({ simulated: false, stepsDone: 4, stepsTotal: 4 });
    expect(output).toMatchObject({ slot: 'image', contentType: 'image/png', width: 128, height: 64 });
    expect(readMetadata(output.data as Uint8Array)).toMatchObject({
      prompt: 'a heron',
      seed: 7,
      engine: 'comfyui',
      engineVersion: 'comfyui 0.8.0',
      family: 'sd15',
    });
    expect([...new Set(heard.map(({ step }) => step))]).toEqual([1, 2, 3, 4]);
    const previews = heard.filter(({ preview }) => preview);
    expect(previews.length).toBeGreaterThanOrEqual(3);
    for (const { preview } of previews) expect(preview!.length).toBeLessThanOrEqual(12_000);
    expect(loaded).toBe(1);
    expect(engine.loaded()).toHaveLength(1);
  });

  it('that has ended before its submission was answered is handed in at once', async () => {
    await engine.close();
    engine = await ComfyuiEngine.open({ url: comfy.url, dir: comfy.folder, quietMs: 20_000 });
    await draw();
    behave({ answerMs: 400, stepMs: 1 });
    const startedAt = performance.now();
    only(await draw());
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('asks nothing of a server whose socket stays open, and learns the one behind a new socket anew', async () => {
    await draw();
    const asked = () => comfy.calls.filter((call) => /system_stats|object_info/.test(call)).length;
    const before = asked();
    await draw();
    expect(asked()).toBe(before);
    behave({ drops: true, stepMs: 300 });
    await draw();
    behave({});
    await draw();
    expect(asked()).toBeGreaterThanOrEqual(before + 2);
  });

  it('the same task is the same prompt, byte for byte, but for the name of the file that it makes', async () => {
    await draw();
    await draw();
    const [first, second] = comfy.submitted.map((prompt) => JSON.stringify(prompt).replace(/atelier\/[0-9a-f-]{36}/, 'atelier/id'));
    expect(first).toContain('"filename_prefix":"atelier/id"');
    expect(first).toBe(second);
  });

  it('all of it answered from the cache is a picture too', async () => {
    let loaded = 0;
    behave({ cached: true });
    expect((await draw({ onLoaded: () => void loaded++ })).outputs).toHaveLength(1);
    expect(loaded).toBe(1);
  });

  it('memory counts as loaded at the first step, not when the node begins', async () => {
    const order: string[] = [];
    behave({ loadMs: 400 });
    const from = performance.now();
    await draw({ onLoaded: () => void order.push(performance.now() - from > 350 ? 'late' : 'early') });
    expect(order).toEqual(['late']);
  });

  it.each([false, true])('silence counts as a hang by the limit of the attempt, on a card as on a processor (%s)', async (cpu) => {
    await engine.close();
    behave({ cpu, hangs: true });
    engine = await ComfyuiEngine.open({ url: comfy.url, dir: comfy.folder, quietMs: 100, graceMs: 200 });
    const startedAt = performance.now();
    await expect(draw({ timeLimitMs: 1_400 })).rejects.toMatchObject({ code: 'engine_hung' });
    expect(performance.now() - startedAt).toBeGreaterThan(700);
  });

  it('nothing of the user stays in the folders of ComfyUI', async () => {
    const image = await plain(128, 64, 'teal');
    await run('img2img', drawing('sd15', { strength: 0.5 }), { image }, modelOf('sd15'));
    expect(comfy.uploads.size).toBeGreaterThan(0);
    expect(comfy.filesOf('input')).toEqual([]);
    expect(comfy.filesOf('output/atelier')).toEqual([]);
  });

  it('weights that the cache has let go are not kept on the disk by a link', async () => {
    const old = weights('checkpoint', 'old');
    await run('txt2img', drawing('sd15'), {}, [old]);
    rmSync(old.path);
    await run('txt2img', drawing('sd15'), {}, [weights('checkpoint', 'new')]);
    expect(comfy.filesOf('models/checkpoints/atelier')).not.toContain('old.safetensors');
    expect(comfy.filesOf('models/checkpoints/atelier')).toContain('new.safetensors');
  });

  it.each((Object.keys(FAMILIES) as DiffusionFamily[]).filter((family) => FAMILIES[family].operations.includes('txt2img')))(
    '%s: from words, from a picture, of a part, beyond the edges',
    async (family) => {
      const models = modelOf(family);
      const image = await plain(128, 64, 'teal');
      const mask = await plain(128, 64, 'white');
      expect(only(await run('txt2img', drawing(family), {}, models))).toMatchObject({ width: 128, height: 64 });
      expect(only(await run('img2img', drawing(family, { strength: 0.5 }), { image }, models))).toMatchObject({ width: 128, height: 64 });
      expect(node('KSampler')).toMatchObject({ denoise: 0.5, steps: 2, seed: 7 });
      expect(only(await run('inpaint', drawing(family, { strength: 0.8, feather: 4 }), { image, mask }, models))).toMatchObject({ width: 128, height: 64 });
      const beyond = drawing(family, { width: 192, height: 64, left: 64, top: 0, right: 0, bottom: 0, feather: 8 });
      expect(only(await run('outpaint', beyond, { image }, models))).toMatchObject({ width: 192, height: 64 });
      // ComfyUI reads white in a grey picture as less than all of it.
      for (const file of comfy.uploads.values()) expect((await sharp(file).metadata()).channels).toBeGreaterThanOrEqual(3);
    },
  );

  it('outside the feathered mask every pixel of the picture stays, whatever came back', async () => {
    const image = await plain(128, 64, '#102030');
    const mask = await sharp({ create: { width: 128, height: 64, channels: 3, background: 'black' } })
      .composite([{ input: { create: { width: 20, height: 20, channels: 3, background: 'white' } }, left: 10, top: 10 }])
      .png()
      .toBuffer();
    const { data } = only(await run('inpaint', drawing('sd15', { strength: 1, feather: 6 }), { image, mask }, modelOf('sd15')));
    const pixels = await sharp(data as Uint8Array)
      .raw()
      .toBuffer();
    const at = (x: number, y: number): number[] => [...pixels.subarray((y * 128 + x) * 3, (y * 128 + x) * 3 + 3)];
    expect([at(20, 20), at(60, 40), at(37, 20)]).toEqual([
      [0x30, 0x60, 0xc0],
      [0x10, 0x20, 0x30],
      [0x10, 0x20, 0x30],
    ]);
    expect(at(32, 20)[2]).toBeGreaterThan(0x30);
  });

  it('LoRAs, embeddings and ControlNets are in the graph by their files; an embedding of nobody here is taken apart', async () => {
    const [lora, word, net] = [weights('lora', 'ink'), weights('embedding', 'good'), weights('controlnet', 'canny')];
    const parameters = drawing('sd15', {
      prompt: 'a heron,embedding:good, (good:1.2)\ngood. embedding:secret-of-others embedding:good/../secret',
      loras: [{ digest: lora.digest, weight: 0.6 }],
      embeddings: [{ digest: word.digest, word: 'good' }],
      controlNets: [{ type: 'canny', digest: net.digest, input: 'control-0', strength: 0.9, start: 0, end: 0.8, preprocess: true }],
    });
    await run('txt2img', parameters, { 'control-0': await plain(64, 64, 'white') }, [...modelOf('sd15'), lora, word, net]);
    expect(node('LoraLoader')).toMatchObject({ lora_name: 'atelier/ink.safetensors', strength_model: 0.6 });
    expect(node('ControlNetApplyAdvanced')).toMatchObject({ strength: 0.9, end_percent: 0.8 });
    expect(nodesOf().some(({ class_type }) => class_type === 'Canny')).toBe(true);
    const texts = nodesOf().flatMap(({ class_type, inputs }) => (class_type === 'CLIPTextEncode' ? [String(inputs['text'])] : []));
    // Nothing but spaces round them: whatever else touches a reference makes ComfyUI overlook it.
    expect(texts[0]).toMatch(/ embedding:atelier\/good\.safetensors /);
    expect(comfy.embedded).toEqual(Array(3).fill('atelier/good.safetensors'));
    expect(texts.join()).not.toMatch(/embedding:secret/);
  });

  it('is enlarged by a model to exactly the factor asked for', async () => {
    const output = only(await run('upscale', { factor: 2, style: 'photo' }, { image: await plain(50, 40, 'red') }, [weights('upscaler', 'x4')]));
    expect(output).toMatchObject({ width: 100, height: 80 });
  });

  it('combos in the newer form are understood', async () => {
    behave({ v3: true });
    await draw();
    expect(comfy.submitted).toHaveLength(1);
  });
});

describe('a clip', () => {
  const PACK = {
    ADE_AnimateDiffLoaderGen1: {
      inputs: { model: 'MODEL', model_name: 'F:animatediff_models', beta_schedule: 'STRING', 'context_options?': 'CONTEXT_OPTIONS' },
      outputs: ['MODEL'],
    },
    ADE_StandardStaticContextOptions: { inputs: { context_length: ['INT', 1, 128], context_overlap: ['INT', 0, 128] }, outputs: ['CONTEXT_OPTIONS'] },
  } as const;

  it.each([
    ['svd', 10],
    ['animatediff', 10],
    ['animatediff', 67],
    ['ltx', 10],
    ['wan', 10],
  ] as const)('%s: exactly the %i frames, the rate and the size asked for', async (family, frames) => {
    behave({ extra: PACK });
    const parameters = { ...drawing(family), width: 136, height: 72, frames, fps: 6, motionBucket: 127 };
    const output = only(await run('video', parameters, { image: await plain(136, 72, 'navy') }, modelOf(family)));
    expect(output).toMatchObject({
      slot: 'video',
      contentType: 'video/mp4',
      width: 136,
      height: 72,
      metadata: { film: { frames, fps: 6 }, engine: 'comfyui', family },
    });
    await rm((output.data as { file: string }).file, { force: true });
  });

  it('a node pack that is not there is named with its address', async () => {
    const failed = run(
      'video',
      { ...drawing('animatediff'), frames: 8, fps: 6, motionBucket: 127 },
      { image: await plain(128, 64, 'navy') },
      modelOf('animatediff'),
    );
    await expect(failed).rejects.toMatchObject({
      code: 'missing_node',
      message: expect.stringContaining('github.com/Kosinkadink/ComfyUI-AnimateDiff-Evolved'),
    });
    expect(comfy.submitted).toHaveLength(0);
  });
});

describe('what ComfyUI refuses', () => {
  it('reaches the user as a sentence about his field', async () => {
    const refused = draw({}, { cfgScale: 500, steps: 20_000 });
    await expect(refused).rejects.toThrow(EngineInputError);
    await expect(refused).rejects.toThrow(/steps is 20000.*cfgScale is 500/s);
    expect(comfy.submitted).toHaveLength(0);
  });

  it('a prompt that is queued although a part of it does not validate is taken back', async () => {
    behave({ partial: true, stepMs: 100 });
    await expect(draw()).rejects.toThrow(/cfgScale is 999/);
    expect(comfy.calls).toContain('POST /queue');
  });

  it('a file that its folder does not show is the box’s fault', async () => {
    await engine.close();
    engine = await ComfyuiEngine.open({ url: comfy.url, dir: join(scratch, 'elsewhere') });
    const nowhere = run('txt2img', drawing('sd15'), {}, [weights('checkpoint', 'nowhere')]);
    await expect(nowhere).rejects.toMatchObject({ code: 'weights_missing', message: expect.stringContaining('ATELIER_COMFYUI_DIR') });
  });
});

describe('out of memory', () => {
  const oom = { type: 'torch.OutOfMemoryError', message: 'CUDA out of memory. Tried to allocate 2.00 GiB' };
  it('is tried once more with everything let go and in smaller pieces', async () => {
    behave({ errors: [oom] });
    expect((await draw()).outputs).toHaveLength(1);
    expect(comfy.calls).toContain('POST /free');
    expect(nodesOf(0).some(({ class_type }) => class_type === 'VAEDecode')).toBe(true);
    expect(nodesOf(1).some(({ class_type }) => class_type === 'VAEDecodeTiled')).toBe(true);
  });

  it('twice is told as what it is', async () => {
    behave({ errors: [oom, oom] });
    await expect(draw()).rejects.toMatchObject({ code: 'out_of_memory' });
  });
});
