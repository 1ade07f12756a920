import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ONNX_RECIPES, type OnnxRecipe, type TaskKind } from '@atelier/contracts';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineFault, EngineInputError, type EngineOutput, type EngineResult, type EngineWeights } from '../engine.js';
import { Graph } from './graph.js';
import { OnnxEngine } from './onnx-engine.js';
import { RECIPES } from './recipes.js';
import { tinyGraph } from './tiny-graphs.js';

const scratch = mkdtempSync(join(tmpdir(), 'atelier-onnx-spec-'));
let engine: OnnxEngine;
beforeAll(async () => {
  const opened = await OnnxEngine.open({ provider: 'cpu', threads: 1, budgetMb: 5_000, folder: join(scratch, 'outputs') });
  if (!opened.engine) throw new Error(opened.reason);
  engine = opened.engine;
});
afterAll(async () => {
  await engine?.close();
  rmSync(scratch, { recursive: true, force: true });
});

let files = 0;
function weights(recipe: OnnxRecipe, o: { bytes?: Uint8Array; vramMb?: number; name?: string } = {}): EngineWeights {
  const bytes = o.bytes ?? tinyGraph(recipe);
  const path = join(scratch, `${recipe}-${files++}.onnx`);
  writeFileSync(path, bytes);
  const digest = createHash('sha256').update(bytes).digest('hex');
  return { digest, role: RECIPES[recipe].role, name: o.name ?? `${recipe}.onnx`, format: 'onnx', path, bytes: bytes.length, vramMb: o.vramMb ?? 100 };
}
/** What the last run said that it did. */
let stages: string[] = [];
const run = (
  kind: TaskKind,
  parameters: object,
  inputs: Record<string, Uint8Array>,
  models: EngineWeights[],
  signal = new AbortController().signal,
  onLoaded = () => undefined,
): Promise<EngineResult> => {
  stages = [];
  return engine.run({
    kind,
    parameters: { ...parameters },
    inputs: Object.entries(inputs).map(([name, data]) => ({ name, data, contentType: 'image/png' })),
    weights: models,
    onLoaded,
    onProgress: ({ stage }) => void stages.push(stage),
    signal,
  });
};
const only = (result: EngineResult): EngineOutput => {
  expect(result.outputs).toHaveLength(1);
  return result.outputs[0]!;
};
const fileOf = ({ data }: EngineOutput): Buffer => (data instanceof Uint8Array ? Buffer.from(data) : readFileSync(data.file));
const pixels = async (file: Buffer): Promise<{ width: number; height: number; channels: number; data: Buffer }> => {
  const grey = (await sharp(file).metadata()).channels === 1;
  const { data, info } = await (grey ? sharp(file).toColourspace('b-w') : sharp(file)).raw().toBuffer({ resolveWithObject: true });
  return { ...info, data };
};
const plain = (width: number, height: number, r: number, g: number, b: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();
/** Left half of one colour, right half of another. */
const halves = async (width: number, height: number, left: [number, number, number], right: [number, number, number]): Promise<Buffer> => {
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(i % width < width / 2 ? left : right, i * 3);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
};
const noise = (width: number, height: number): Promise<Buffer> => {
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0, state = 7; i < data.length; i++) data[i] = (state = (state * 48271) % 2147483647) & 255;
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
};

describe('recipes', () => {
  it.each([...ONNX_RECIPES])('the tiny graph of %s keeps the documented promise', async (recipe) => {
    const session = await ort.InferenceSession.create(tinyGraph(recipe));
    expect(() => new Graph(ort, session, RECIPES[recipe], `${recipe}.onnx`)).not.toThrow();
    await session.release();
  });

  it('a file that is not what its name promises is named, with what is wrong', async () => {
    const refused = run('clean-up', {}, { image: await plain(64, 48, 9, 9, 9), mask: await plain(64, 48, 255, 255, 255) }, [
      weights('lama', { bytes: tinyGraph('rife') }),
    ]);
    await expect(refused).rejects.toThrow(EngineFault);
    await expect(refused).rejects.toThrow(/lama\.onnx is not what its name promises/);
  });

  it('a damaged file, and a task without its model, are faults of the model and of the catalogue', async () => {
    const image = await plain(32, 32, 1, 2, 3);
    await expect(
      run('remove-background', { background: 'transparent' }, { image }, [weights('u2net', { bytes: tinyGraph('u2net').subarray(0, 100) })]),
    ).rejects.toMatchObject({
      code: 'model_unreadable',
    });
    await expect(run('remove-background', { background: 'transparent' }, { image }, [weights('rife')])).rejects.toMatchObject({ code: 'weights_missing' });
  });
});

describe('alpha', () => {
  // The tiny graph gives the mean of what it was fed, so that the brighter half is the subject: 1 after the stretch, the darker one 0.
  it.each(['u2net', 'isnet', 'birefnet'] as const)('%s: stretched to 0 … 1, back at the size of the picture', async (recipe) => {
    const image = await halves(160, 90, [10, 10, 10], [200, 220, 240]);
    const output = only(await run('matte', { method: 'general' }, { image }, [weights(recipe)]));
    expect(output).toMatchObject({ slot: 'mask', width: 160, height: 90 });
    const { data, channels } = await pixels(fileOf(output));
    expect(channels).toBe(1);
    // Lanczos swings over at the edge by some per cent, and the stretch goes by the extremes.
    expect(data[45 * 160 + 20]!).toBeLessThan(20);
    expect(data[45 * 160 + 140]!).toBeGreaterThan(235);
  });

  it('modnet: (x − 127.5) ÷ 127.5 goes in, so that mid-grey comes out as the sigmoid of 0', async () => {
    const { data } = await pixels(
      fileOf(only(await run('matte', { method: 'portrait' }, { image: await plain(640, 512, 127, 128, 127) }, [weights('modnet')]))),
    );
    expect(data[100]).toBeGreaterThanOrEqual(127);
    expect(data[100]).toBeLessThanOrEqual(128);
  });

  it('bgmv2: both pictures 0 … 1; what does not differ from the plate is background', async () => {
    const image = await halves(66, 50, [255, 255, 255], [0, 0, 0]);
    const output = only(await run('matte', { method: 'plate' }, { image, plate: await plain(66, 50, 0, 0, 0) }, [weights('bgmv2')]));
    const { data } = await pixels(fileOf(output));
    expect([data[25 * 66 + 5], data[25 * 66 + 60]]).toEqual([255, 0]);
    await expect(run('matte', { method: 'plate' }, { image, plate: await plain(60, 50, 0, 0, 0) }, [weights('bgmv2')])).rejects.toThrow(EngineInputError);
  });

  it('midas: what the model calls nearest is white, and the map has the size of the picture', async () => {
    const image = await halves(80, 60, [255, 255, 255], [0, 0, 0]);
    const output = only(await run('analyze', { what: 'depth' }, { image }, [weights('midas')]));
    const { width, height, channels, data } = await pixels(fileOf(output));
    expect([width, height, channels, data[30 * 80 + 5], data[30 * 80 + 75]]).toEqual([80, 60, 1, 255, 0]);
  });

  it('detector: a thing is named, its box lies in pixels of the picture and is drawn there', async () => {
    const output = only(await run('analyze', { what: 'objects' }, { image: await plain(400, 200, 90, 90, 90) }, [weights('detector')]));
    expect(output.metadata.objects).toEqual([{ name: 'dog', score: 0.953, left: 100, top: 75, width: 200, height: 50 }]);
    const { data } = await pixels(fileOf(output));
    const at = (x: number, y: number): number[] => [...data.subarray((y * 400 + x) * 3, (y * 400 + x) * 3 + 3)];
    expect(at(200, 75)).toEqual([0xfa, 0xf9, 0xf7]);
    expect(at(200, 100)).toEqual([90, 90, 90]);
  });

  it('nsfw: shares by name, which sum to 1; openclip: a direction of length 1', async () => {
    const image = await plain(300, 200, 255, 0, 0);
    const { safety } = only(await run('analyze', { what: 'safety' }, { image }, [weights('nsfw')])).metadata as { safety: Record<string, number> };
    // The tiny graph answers with the mean colour, −1 … 1: red is 1, green −1.
    expect(safety.normal).toBeCloseTo(Math.E / (Math.E + 1 / Math.E), 2);
    expect(safety.normal! + safety.nsfw!).toBeCloseTo(1, 2);
    const { embedding } = only(await run('analyze', { what: 'embedding' }, { image }, [weights('openclip')])).metadata as { embedding: string };
    const bytes = Buffer.from(embedding, 'base64');
    const towards = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
    expect(towards).toHaveLength(512);
    expect(Math.hypot(...towards)).toBeCloseTo(1, 5);
  });

  it('a background of a colour is where the alpha is 0', async () => {
    const image = await halves(80, 60, [0, 0, 0], [255, 255, 255]);
    const { data, channels } = await pixels(fileOf(only(await run('remove-background', { background: '#ff0000' }, { image }, [weights('u2net')]))));
    expect(channels).toBe(3);
    expect([...data.subarray(30 * 80 * 3 + 15, 30 * 80 * 3 + 18)]).toEqual([255, 0, 0]);
    expect([...data.subarray(30 * 80 * 3 + 70 * 3, 30 * 80 * 3 + 70 * 3 + 3)]).toEqual([255, 255, 255]);
  });
});

describe('segment', () => {
  it('points go in as pixels of the square of 1024, whatever the shape of the picture; the most trusted mask comes back at its size', async () => {
    const models = [weights('sam2-encoder'), weights('sam2-decoder')];
    const output = only(await run('segment', { points: [{ x: 300, y: 50, label: 1 }], quality: 'fast' }, { image: await plain(400, 200, 0, 0, 0) }, models));
    expect(output).toMatchObject({ slot: 'mask', width: 400, height: 200, metadata: { score: 0.9 } });
    const { data } = await pixels(fileOf(output));
    // √(900 − 2.0) ≈ 30 pixels of the 256² mask: 46.8 of 400 pixels across, 23.4 of 200 down. Black is −2.04 on the mean of ImageNet.
    const inside = (x: number, y: number): boolean => data[y * 400 + x] === 255;
    expect([inside(300, 50), inside(345, 50), inside(349, 50), inside(300, 72), inside(300, 75), inside(100, 150)]).toEqual([
      true,
      true,
      false,
      true,
      false,
      false,
    ]);
  });

  it('a second click on the same picture runs the decoder alone, and says nothing of it; no click hands in nothing', async () => {
    const models = [weights('sam2-encoder'), weights('sam2-decoder')];
    const one = { points: [{ x: 10, y: 10, label: 1 }], quality: 'fast' };
    const image = await noise(120, 90);
    expect((await run('segment', { points: [], quality: 'fast' }, { image }, models)).outputs).toEqual([]);
    /** Everything is put out of memory first: who runs the encoder opens it. */
    const clicked = async (picture: Buffer): Promise<{ encoded: boolean; stages: string[]; metadata: Record<string, unknown> }> => {
      await run('remove-background', { background: 'transparent' }, { image }, [weights('u2net', { vramMb: 5_000 })]);
      expect(engine.loaded()).not.toContain(models[0]!.digest);
      const { metadata } = only(await run('segment', one, { image: picture }, models));
      return { encoded: engine.loaded().includes(models[0]!.digest), stages, metadata };
    };
    const [again, other] = [await clicked(image), await clicked(await noise(121, 90))];
    expect([again.encoded, other.encoded]).toEqual([false, true]);
    expect({ ...again, encoded: null }).toEqual({ ...other, encoded: null });
    await expect(run('segment', { points: [{ x: 500, y: 10, label: 1 }], quality: 'fast' }, { image }, models)).rejects.toThrow(EngineInputError);
    await expect(run('segment', { points: [{ x: 5, y: 10, label: 0 }], quality: 'fast' }, { image }, models)).rejects.toThrow('No click is on the subject');
  });
});

describe('clean-up', () => {
  it.each([0, 3])('fills the hole, widened by %i pixels, with what the model says, and leaves every byte outside', async (grow) => {
    const image = await noise(101, 77);
    const mask = await sharp({ create: { width: 101, height: 77, channels: 3, background: 'black' } })
      .composite([{ input: { create: { width: 20, height: 10, channels: 3, background: 'white' } }, left: 40, top: 30 }])
      .png()
      .toBuffer();
    const [before, after] = [await pixels(image), await pixels(fileOf(only(await run('clean-up', { grow }, { image, mask }, [weights('lama')]))))];
    for (let i = 0; i < 101 * 77; i++) {
      const [x, y] = [i % 101, Math.floor(i / 101)];
      const inside = Math.hypot(Math.max(40 - x, x - 59, 0), Math.max(30 - y, y - 39, 0)) <= grow;
      for (let c = 0; c < 3; c++) expect(after.data[i * 3 + c]).toBe(inside ? 128 : before.data[i * 3 + c]);
    }
  });
});

describe('upscale', () => {
  it.each([
    ['realesrgan-x4', 4, 'photo'],
    ['realesrgan-x2', 2, 'photo'],
    ['realesrgan-anime', 4, 'anime'],
  ] as const)('%s: tiles fit together without a seam', async (recipe, factor, style) => {
    const image = await noise(300, 270);
    const output = only(await run('upscale', { factor, style }, { image }, [weights(recipe)]));
    expect(output).toMatchObject({ slot: 'image', width: 300 * factor, height: 270 * factor });
    const [small, large] = [await pixels(image), await pixels(fileOf(output))];
    let wrong = 0;
    for (let y = 0; y < large.height; y++)
      for (let x = 0; x < large.width; x++) {
        const from = (Math.floor(y / factor) * 300 + Math.floor(x / factor)) * small.channels;
        for (let c = 0; c < 3; c++) if (Math.abs(large.data[(y * large.width + x) * large.channels + c]! - small.data[from + c]!) > 1) wrong++;
      }
    expect(wrong).toBe(0);
  });

  it('twice by a model of four times is the mean of four', async () => {
    const { data } = await pixels(
      fileOf(only(await run('upscale', { factor: 2, style: 'photo' }, { image: await plain(40, 30, 10, 100, 200) }, [weights('realesrgan-x4')]))),
    );
    expect([...data.subarray(0, 3)]).toEqual([10, 100, 200]);
  });

  it('a model that enlarges by another factor than it says is refused', async () => {
    const refused = run('upscale', { factor: 4, style: 'photo' }, { image: await plain(40, 30, 1, 1, 1) }, [
      weights('realesrgan-x4', { bytes: tinyGraph('realesrgan-x2') }),
    ]);
    await expect(refused).rejects.toMatchObject({ code: 'model_mismatch' });
  });
});

describe('face restoration', () => {
  it('touches the face that was found and nothing else', async () => {
    const image = await plain(640, 640, 100, 100, 100);
    const models = [weights('gfpgan'), weights('face-detector')];
    const output = only(await run('face-restore', { method: 'gfpgan', fidelity: 0 }, { image }, models));
    expect(output.metadata).toMatchObject({ faces: 1 });
    const { data } = await pixels(fileOf(output));
    const at = (x: number, y: number): number => data[(y * 640 + x) * 3]!;
    // The tiny GFPGAN gives the negative of −1 … 1: 255 − 100. The cell 210 of 20 × 20 lies in column 10, row 10.
    expect([at(320, 330), at(5, 5), at(635, 635)]).toEqual([155, 100, 100]);
  });

  it('CodeFormer is told how close to stay', async () => {
    const image = await plain(512, 512, 255, 255, 255);
    const { data } = await pixels(fileOf(only(await run('face-restore', { method: 'codeformer', fidelity: 0.5 }, { image }, [weights('codeformer')]))));
    // White is 1; half of it is 0.5, which is 191.25 of 255.
    expect(data[(256 * 512 + 256) * 3]).toBe(191);
  });
});

describe('interpolate', () => {
  it('asks for the time between two frames, and keeps the length', async () => {
    const file = join(scratch, 'fade.mp4');
    const frames = [0, 80, 160, 240].map((grey) => Buffer.alloc(64 * 64 * 3, grey));
    execFileSync(
      'ffmpeg',
      [
        '-v',
        'error',
        '-f',
        'rawvideo',
        '-pix_fmt',
        'rgb24',
        '-s',
        '64x64',
        '-r',
        '5',
        '-i',
        '-',
        '-c:v',
        'libx264',
        '-crf',
        '1',
        '-pix_fmt',
        'yuv444p',
        '-y',
        file,
      ],
      {
        input: Buffer.concat(frames),
      },
    );
    const output = only(await run('interpolate', { targetFps: 10 }, { video: readFileSync(file) }, [weights('rife')]));
    expect(output.metadata).toMatchObject({ film: { frames: 8, fps: 10, durationSeconds: 0.8 } });
    const { file: made } = output.data as { file: string };
    const shown = execFileSync('ffmpeg', ['-v', 'error', '-i', made, '-pix_fmt', 'gray', '-f', 'rawvideo', '-']);
    rmSync(made);
    const greys = Array.from({ length: 8 }, (_, n) => shown[n * 64 * 64 + 2000]!);
    [0, 40, 80, 120, 160, 200, 240, 240].forEach((grey, n) => expect(Math.abs(greys[n]! - grey), `frame ${n}: ${greys.join()}`).toBeLessThanOrEqual(6));
  });
});

describe('interpolate refuses', () => {
  it('a clip whose few packets are half an hour of frames', async () => {
    const file = join(scratch, 'lying.mp4');
    const stretched = ['-vf', "setpts='if(lt(N,9),N/10/TB,1800/TB)'", '-vsync', 'vfr', '-pix_fmt', 'yuv420p'];
    execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=s=64x64:r=10:d=1', ...stretched, '-y', file]);
    const refused = run('interpolate', { targetFps: 20 }, { video: readFileSync(file) }, [weights('rife')]);
    await expect(refused).rejects.toMatchObject({ constructor: EngineInputError, code: 'video_too_long' });
  });
});

describe('memory', () => {
  it('the least recently used models go when the budget is full; one above it is told so', async () => {
    const image = await plain(32, 32, 5, 6, 7);
    // The same graph under another digest: field 2 of a model is the name of its producer.
    const again = (recipe: OnnxRecipe): Uint8Array => Buffer.concat([tinyGraph(recipe), Buffer.from([0x12, 1, 0x61])]);
    const big = weights('u2net', { vramMb: 4_000, bytes: again('u2net') });
    await run('remove-background', { background: 'transparent' }, { image }, [big]);
    expect(engine.loaded()).toContain(big.digest);
    const next = weights('isnet', { vramMb: 4_000, bytes: again('isnet') });
    await run('remove-background', { background: 'transparent' }, { image }, [next]);
    expect([engine.loaded().includes(big.digest), engine.loaded().includes(next.digest)]).toEqual([false, true]);
    await expect(run('remove-background', { background: 'transparent' }, { image }, [weights('u2net', { vramMb: 9_000 })])).rejects.toMatchObject({
      code: 'out_of_memory',
    });
  });

  it('load is told apart from work', async () => {
    let loaded = 0;
    await run('remove-background', { background: 'transparent' }, { image: await plain(32, 32, 5, 6, 7) }, [weights('u2net')], undefined, () => void loaded++);
    expect(loaded).toBeGreaterThan(0);
  });
});

describe('the engine', () => {
  it('stops between two tiles when asked, and takes the next task', async () => {
    const abort = new AbortController();
    const stopped = engine.run({
      kind: 'upscale',
      parameters: { factor: 2, style: 'photo' },
      inputs: [{ name: 'image', data: await noise(1400, 1400), contentType: 'image/png' }],
      weights: [weights('realesrgan-x2')],
      onLoaded: () => undefined,
      onProgress: ({ step }) => step === 2 && abort.abort(),
      signal: abort.signal,
    });
    await expect(stopped).rejects.toThrow();
    expect((await run('upscale', { factor: 2, style: 'photo' }, { image: await plain(16, 16, 1, 2, 3) }, [weights('realesrgan-x2')])).outputs).toHaveLength(1);
  });

  it('says that it is closed, and why it does not open where its runtime cannot be used', async () => {
    const opened = await OnnxEngine.open({ provider: 'cpu', threads: 1 });
    await opened.engine!.close();
    await expect(
      opened.engine!.run({
        kind: 'upscale',
        parameters: {},
        inputs: [],
        weights: [],
        onLoaded: () => undefined,
        onProgress: () => undefined,
        signal: new AbortController().signal,
      }),
    ).rejects.toThrow('shutting down');
  });
});
