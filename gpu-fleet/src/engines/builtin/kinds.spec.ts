import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MaskStep, TaskKind } from '@atelier/contracts';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { EngineFault, EngineInputError, type EngineOutput, type EngineResult } from '../engine.js';
import { BuiltinEngine } from './builtin-engine.js';
import { distancesTo } from './distance.js';

const engine = new BuiltinEngine(1);
afterAll(() => engine.close());

type Raw = { width: number; height: number; channels: number; data: Buffer };
const run = (kind: TaskKind, parameters: object, inputs: Record<string, Uint8Array>, on = engine): Promise<EngineResult> =>
  on.run({
    kind,
    parameters: { ...parameters },
    inputs: Object.entries(inputs).map(([name, data]) => ({ name, data, contentType: 'image/png' })),
    weights: [],
    onLoaded: () => undefined,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
const only = (result: EngineResult): EngineOutput => {
  expect(result.outputs).toHaveLength(1);
  return result.outputs[0]!;
};
const raw = async (png: Uint8Array | Buffer): Promise<Raw> => {
  const grey = (await sharp(png).metadata()).channels === 1;
  const { data, info } = await (grey ? sharp(png).toColourspace('b-w') : sharp(png).removeAlpha()).raw().toBuffer({ resolveWithObject: true });
  return { ...info, data };
};
const drawn = (width: number, height: number, svg: string, background = 'black'): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background } })
    .composite([
      { input: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" shape-rendering="crispEdges">${svg}</svg>`) },
    ])
    .removeAlpha()
    .png()
    .toBuffer();
/** Something with texture: waves in two directions, of which every part looks like every other. */
const textured = (width: number, height: number): Promise<Buffer> => {
  const data = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const x = i % width,
      y = Math.floor(i / width);
    data.set([128 + 90 * Math.sin(x / 3), 128 + 60 * Math.sin(y / 4), 128 + 50 * Math.sin((x + y) / 5)], i * 3);
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
};
const iou = (a: Uint8Array | Buffer, b: (i: number) => boolean): number => {
  let both = 0,
    either = 0;
  for (let i = 0; i < a.length; i++) {
    const [p, q] = [a[i]! > 127, b(i)];
    if (p && q) both++;
    if (p || q) either++;
  }
  return both / either;
};

describe('masks', () => {
  const square = () => drawn(40, 30, '<rect x="10" y="10" width="10" height="10" fill="white"/>');
  const made = async (steps: MaskStep[], image: Buffer): Promise<Raw> => raw(only(await run('mask', { steps }, { image })).data as Uint8Array);

  it('grow by Euclidean distance, exactly, and shrink back', async () => {
    const large = await made([{ op: 'grow', pixels: 3 }], await square());
    for (let i = 0; i < 40 * 30; i++) {
      const x = i % 40,
        y = Math.floor(i / 40);
      const away = Math.hypot(Math.max(10 - x, 0, x - 19), Math.max(10 - y, 0, y - 19));
      expect(large.data[i]! > 127, `${x}, ${y}`).toBe(away <= 3);
    }
    const back = await made(
      [
        { op: 'grow', pixels: 3 },
        { op: 'grow', pixels: -3 },
      ],
      await square(),
    );
    expect(iou(back.data, (i) => i % 40 >= 10 && i % 40 < 20 && Math.floor(i / 40) >= 10 && Math.floor(i / 40) < 20)).toBe(1);
  });

  it('are one channel of the size of the picture, and in their own slot', async () => {
    const output = only(await run('mask', { steps: [{ op: 'invert' }] }, { image: await square() }));
    expect(output).toMatchObject({ slot: 'mask', width: 40, height: 30, contentType: 'image/png' });
    const { channels, data } = await raw(output.data as Uint8Array);
    expect([channels, data[0], data[12 * 40 + 12]]).toEqual([1, 255, 0]);
  });

  it('come from alpha, from brightness, from a colour', async () => {
    const half = await sharp({ create: { width: 8, height: 8, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } } })
      .png()
      .toBuffer();
    expect((await made([{ op: 'from_alpha' }], half)).data[0]).toBe(128);
    expect((await made([{ op: 'from_luminance', threshold: 0.5 }], await square())).data[12 * 40 + 12]).toBe(255);
    const flag = await drawn(8, 4, '<rect width="4" height="4" fill="#00ff00"/>', '#0000ff');
    const { data } = await made([{ op: 'from_colour', colour: '#00f000', tolerance: 0.1 }], flag);
    expect([...data.subarray(0, 8)]).toEqual([255, 255, 255, 255, 0, 0, 0, 0]);
  });

  it('feather falls evenly from white to black around the old edge, threshold makes it hard again', async () => {
    const edge = await drawn(60, 60, '<rect width="30" height="60" fill="white"/>');
    const soft = (await made([{ op: 'feather', pixels: 18 }], edge)).data.subarray(30 * 60, 31 * 60);
    expect([soft[5], soft[54]]).toEqual([255, 0]);
    for (let x = 1; x < 60; x++) expect(soft[x]!).toBeLessThanOrEqual(soft[x - 1]!);
    expect(Math.abs(soft[29]! + soft[30]! - 255)).toBeLessThanOrEqual(2);
    const hard = (
      await made(
        [
          { op: 'feather', pixels: 18 },
          { op: 'threshold', at: 0.5 },
        ],
        edge,
      )
    ).data.subarray(30 * 60, 31 * 60);
    expect(new Set(hard)).toEqual(new Set([0, 255]));
  });

  it('distances are those of Pythagoras, and infinite where there is nothing', () => {
    const inside = new Uint8Array(12);
    inside[0] = 1;
    expect(distancesTo(inside, 4, 3)[11]).toBeCloseTo(Math.hypot(3, 2));
    expect(distancesTo(new Uint8Array(4), 2, 2)[0]).toBe(Infinity);
  });
});

const words = { prompt: 'a fox', negativePrompt: '', steps: 6, cfgScale: 7, sampler: 'euler', scheduler: 'normal', seed: 1, model: 'm', family: 'builtin' };

describe('inpaint and outpaint', () => {
  it('make the mask anew and leave every pixel beyond the feather as it was', async () => {
    const image = await textured(96, 64);
    const mask = await drawn(96, 64, '<rect x="40" y="20" width="16" height="16" fill="white"/>');
    const parameters = { ...words, width: 96, height: 64, strength: 0.8, feather: 4 };
    const result = await run('inpaint', parameters, { image, mask });
    expect(result.simulated).toBe(true);
    const [before, after] = [await raw(image), await raw(only(result).data as Uint8Array)];
    let changed = 0;
    for (let i = 0; i < 96 * 64; i++) {
      const x = i % 96,
        y = Math.floor(i / 96);
      const away = Math.hypot(Math.max(40 - x, 0, x - 55), Math.max(20 - y, 0, y - 35));
      const same = [0, 1, 2].every((c) => before.data[i * 3 + c] === after.data[i * 3 + c]);
      if (away > 5) expect(same, `${x}, ${y}`).toBe(true);
      if (away === 0 && !same) changed++;
    }
    expect(changed).toBeGreaterThan(200);
    const again = await run('inpaint', parameters, { image, mask });
    expect(Buffer.from(only(again).data as Uint8Array).equals(Buffer.from(only(result).data as Uint8Array))).toBe(true);
  });

  it('a picture is continued by exactly what was asked, and stays what it was inside', async () => {
    const image = await textured(64, 64);
    const result = await run('outpaint', { ...words, width: 96, height: 72, left: 24, top: 0, right: 8, bottom: 8, feather: 6 }, { image });
    expect(only(result)).toMatchObject({ width: 96, height: 72 });
    const [before, after] = [await raw(image), await raw(only(result).data as Uint8Array)];
    for (let y = 0; y < 56; y++)
      for (let x = 8; x < 56; x++) for (let c = 0; c < 3; c++) expect(after.data[(y * 96 + x + 24) * 3 + c]).toBe(before.data[(y * 64 + x) * 3 + c]);
    await expect(run('outpaint', { ...words, width: 96, height: 96, left: 8, top: 0, right: 0, bottom: 0, feather: 6 }, { image })).rejects.toThrow(
      EngineInputError,
    );
  });
});

describe('segment', () => {
  const scene = () => drawn(160, 120, '<circle cx="50" cy="60" r="28" fill="#c03020"/><circle cx="120" cy="60" r="20" fill="#c03020"/>', '#506070');

  it('finds what was clicked on, and not its twin', async () => {
    const output = only(await run('segment', { points: [{ x: 50, y: 60, label: 1 }], quality: 'fast' }, { image: await scene() }));
    expect(output).toMatchObject({ slot: 'mask', width: 160, height: 120 });
    const { data } = await raw(output.data as Uint8Array);
    expect(iou(data, (i) => Math.hypot((i % 160) - 50, Math.floor(i / 160) - 60) <= 28)).toBeGreaterThan(0.9);
  });

  it('a second click adds, one of label 0 takes away', async () => {
    const both = await raw(
      only(
        await run(
          'segment',
          {
            points: [
              { x: 50, y: 60, label: 1 },
              { x: 120, y: 60, label: 1 },
            ],
            quality: 'fast',
          },
          { image: await scene() },
        ),
      ).data as Uint8Array,
    );
    expect([both.data[60 * 160 + 50], both.data[60 * 160 + 120]]).toEqual([255, 255]);
    const one = await raw(
      only(
        await run(
          'segment',
          {
            points: [
              { x: 50, y: 60, label: 1 },
              { x: 120, y: 60, label: 0 },
            ],
            quality: 'fast',
          },
          { image: await scene() },
        ),
      ).data as Uint8Array,
    );
    expect([one.data[60 * 160 + 50], one.data[60 * 160 + 120]]).toEqual([255, 0]);
  });

  it('without clicks hands in nothing, with clicks outside it is refused', async () => {
    expect((await run('segment', { points: [], quality: 'fast' }, { image: await scene() })).outputs).toEqual([]);
    await expect(run('segment', { points: [{ x: 160, y: 0, label: 1 }], quality: 'fast' }, { image: await scene() })).rejects.toThrow('160 × 120');
  });
});

describe('clean-up', () => {
  it('fills a hole in a texture so that it is hardly seen, and touches nothing else', async () => {
    const whole = await textured(160, 120);
    const spoiled = await sharp(whole)
      .composite([{ input: { create: { width: 24, height: 20, channels: 3, background: 'red' } }, left: 70, top: 50 }])
      .png()
      .toBuffer();
    const mask = await drawn(160, 120, '<rect x="70" y="50" width="24" height="20" fill="white"/>');
    const result = await run('clean-up', {}, { image: spoiled, mask });
    const [truth, before, after] = [await raw(whole), await raw(spoiled), await raw(only(result).data as Uint8Array)];
    let square = 0;
    for (let i = 0; i < 160 * 120; i++) {
      const inside = i % 160 >= 70 && i % 160 < 94 && Math.floor(i / 160) >= 50 && Math.floor(i / 160) < 70;
      for (let c = 0; c < 3; c++) {
        if (inside) square += (after.data[i * 3 + c]! - truth.data[i * 3 + c]!) ** 2;
        else expect(after.data[i * 3 + c]).toBe(before.data[i * 3 + c]);
      }
    }
    const psnr = 10 * Math.log10(255 ** 2 / (square / (24 * 20 * 3)));
    expect(psnr).toBeGreaterThan(18);
    expect(result.simulated).toBe(false);
  });

  it.each([
    ['a mask of another size', () => drawn(10, 10, ''), 'send a mask of the same size'],
    ['an empty mask', () => drawn(64, 48, ''), 'black everywhere'],
    ['a mask of everything', () => drawn(64, 48, '', 'white'), 'covers the whole picture'],
  ])('refuses %s as the user’s fault', async (_what, mask, message) => {
    const refused = run('clean-up', {}, { image: await textured(64, 48), mask: await mask() });
    await expect(refused).rejects.toThrow(EngineInputError);
    await expect(refused).rejects.toThrow(message);
  });
});

describe('matte', () => {
  it('by a plate is what the scene without it does not show', async () => {
    const plate = await textured(96, 72);
    const image = await sharp(plate)
      .composite([{ input: { create: { width: 30, height: 40, channels: 3, background: '#20d040' } }, left: 30, top: 16 }])
      .png()
      .toBuffer();
    const output = only(await run('matte', { method: 'plate' }, { image, plate }));
    expect(output.slot).toBe('mask');
    const { data } = await raw(output.data as Uint8Array);
    expect(iou(data, (i) => i % 96 >= 30 && i % 96 < 60 && Math.floor(i / 96) >= 16 && Math.floor(i / 96) < 56)).toBeGreaterThan(0.9);
    await expect(run('matte', { method: 'plate' }, { image, plate: await textured(90, 72) })).rejects.toThrow('same scene');
  });

  it('of a picture alone is the alpha of its subject', async () => {
    const image = await drawn(120, 90, '<ellipse cx="60" cy="46" rx="26" ry="30" fill="#e0a060"/>', '#203850');
    const { data } = await raw(only(await run('matte', { method: 'portrait' }, { image })).data as Uint8Array);
    expect(iou(data, (i) => ((i % 120) - 60) ** 2 / 26 ** 2 + (Math.floor(i / 120) - 46) ** 2 / 30 ** 2 <= 1)).toBeGreaterThan(0.85);
  });
});

it('face restoration without a model says that it is none', async () => {
  const result = await run(
    'face-restore',
    { method: 'gfpgan', fidelity: 0.5 },
    { image: await drawn(64, 64, '<circle cx="32" cy="32" r="20" fill="#d8a080"/>') },
  );
  expect(result).toMatchObject({
    simulated: true,
    outputs: [{ slot: 'image', width: 64, height: 64, metadata: { note: expect.stringContaining('no face was restored') } }],
  });
});

describe('films', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'atelier-kinds-'));
  const made: string[] = [];
  afterAll(async () => {
    rmSync(scratch, { recursive: true, force: true });
    for (const file of made) await rm(file, { force: true });
  });
  const fileOf = ({ data }: EngineOutput): string => {
    const { file } = data as { file: string };
    made.push(file);
    return file;
  };
  const frames = (file: string, width: number, height: number): Buffer[] => {
    const all = execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-pix_fmt', 'gray', '-f', 'rawvideo', '-'], { maxBuffer: 1e9 });
    return Array.from({ length: all.length / (width * height) }, (_, n) => all.subarray(n * width * height, (n + 1) * width * height));
  };
  /** A bright square that moves 2 pixels a frame to the right over a still texture. */
  const moving = async (count: number, fps: number): Promise<Buffer> => {
    const background = await textured(128, 96);
    const stills = await Promise.all(
      Array.from({ length: count }, (_, n) =>
        sharp(background)
          .composite([{ input: { create: { width: 28, height: 28, channels: 3, background: '#f8f0e0' } }, left: 20 + 2 * n, top: 34 }])
          .removeAlpha()
          .raw()
          .toBuffer(),
      ),
    );
    const file = join(scratch, `moving-${count}-${fps}.mp4`);
    const args = [
      '-v',
      'error',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      '-s',
      '128x96',
      '-r',
      String(fps),
      '-i',
      '-',
      '-c:v',
      'libx264',
      '-crf',
      '12',
      '-pix_fmt',
      'yuv420p',
      '-y',
      file,
    ];
    execFileSync('ffmpeg', args, { input: Buffer.concat(stills) });
    return readFileSync(file);
  };

  it('a clip from a picture has exactly the frames asked for, moves, and says that it is simulated', async () => {
    const parameters = { ...words, width: 96, height: 64, frames: 13, fps: 6, motionBucket: 255 };
    const result = await run('video', parameters, { image: await textured(96, 64) });
    const output = only(result);
    expect(output).toMatchObject({
      slot: 'video',
      contentType: 'video/mp4',
      width: 96,
      height: 64,
      metadata: { film: { frames: 13, fps: 6, durationSeconds: 2.167 } },
    });
    expect(result.simulated).toBe(true);
    const file = fileOf(output);
    const shown = frames(file, 96, 64);
    expect(shown).toHaveLength(13);
    expect(shown[0]!.equals(shown[12]!)).toBe(false);
    const again = fileOf(only(await run('video', parameters, { image: await textured(96, 64) })));
    expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
  });

  it('frames between frames show a thing where it would have been', async () => {
    const result = await run('interpolate', { targetFps: 20 }, { video: await moving(12, 10) });
    const output = only(result);
    expect(output.metadata).toMatchObject({ film: { frames: 24, fps: 20, durationSeconds: 1.2 } });
    const shown = frames(fileOf(output), 128, 96);
    expect(shown).toHaveLength(24);
    // Between the frames 5 and 6 the square stands at 31: its left edge is bright, and what it has left behind is not.
    const row = shown[11]!.subarray(48 * 128, 49 * 128);
    expect(row[33]!).toBeGreaterThan(200);
    expect(row[57]!).toBeGreaterThan(200);
    expect(row[27]!).toBeLessThan(200);
    expect(row[63]!).toBeLessThan(200);
  });

  it('a mask follows what moves', async () => {
    const mask = await drawn(128, 96, '<rect x="20" y="34" width="28" height="28" fill="white"/>');
    const output = only(await run('propagate-mask', {}, { video: await moving(15, 10), mask }));
    const shown = frames(fileOf(output), 128, 96);
    expect(shown).toHaveLength(15);
    for (const n of [0, 7, 14])
      expect(
        iou(shown[n]!, (i) => i % 128 >= 20 + 2 * n && i % 128 < 48 + 2 * n && Math.floor(i / 128) >= 34 && Math.floor(i / 128) < 62),
        `frame ${n}`,
      ).toBeGreaterThan(0.8);
  });

  it.each([
    ['a playlist', async () => Buffer.from('#EXTM3U\nfile:///etc/passwd'), 'no MP4'],
    ['an MP4 that is cut off', async () => (await moving(12, 10)).subarray(0, 500), 'cannot be read'],
  ])('%s is the user’s fault', async (_what, video, message) => {
    const refused = run('interpolate', { targetFps: 20 }, { video: await video() });
    await expect(refused).rejects.toThrow(EngineInputError);
    await expect(refused).rejects.toThrow(message);
  });

  it('without ffmpeg the box says what it lacks', async () => {
    const bare = new BuiltinEngine(1, { ffmpeg: join(scratch, 'nothing-here') });
    const refused = run('video', { ...words, width: 64, height: 64, frames: 2, fps: 2, motionBucket: 1 }, { image: await textured(64, 64) }, bare);
    await expect(refused).rejects.toThrow(EngineFault);
    await expect(refused).rejects.toThrow(/ffmpeg/);
    await bare.close();
  });
});
