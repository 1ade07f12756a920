import type { MaskStep } from '@atelier/contracts';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { EngineInputError } from '../engine.js';
import { BuiltinEngine } from './builtin-engine.js';
import { distancesTo } from './distance.js';
import { drawn, iou, only, raw, runOn, textured, type Raw } from './kind-trial.js';

const engine = new BuiltinEngine(1);
const run = runOn(engine);
afterAll(() => engine.close());

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

  it.each([
    [{ op: 'threshold', at: 'x' }, 'at is "x"'],
    [{ op: 'threshold' }, 'at is undefined'],
    [{ op: 'threshold', at: NaN }, 'at is null'],
    [{ op: 'threshold', at: 2 }, 'from 0 to 1'],
    [{ op: 'from_luminance', threshold: '0.5' }, 'threshold is "0.5"'],
    [{ op: 'from_colour' }, 'needs a colour'],
    [{ op: 'from_colour', colour: 'sky' }, 'colour is "sky"'],
    [{ op: 'from_colour', colour: '#ff0000', tolerance: null }, 'tolerance is null'],
    [{ op: 'grow', pixels: '3' }, 'pixels is "3"'],
    [{ op: 'paint' }, 'no step of a mask'],
  ])('refuse the step %j', async (step, message) => {
    const refused = run('mask', { steps: [step] }, { image: await square() });
    await expect(refused).rejects.toThrow(EngineInputError);
    await expect(refused).rejects.toThrow(message);
  });

  it('distances are those of Pythagoras, and infinite where there is nothing', () => {
    const inside = new Uint8Array(12);
    inside[0] = 1;
    expect(distancesTo(inside, 4, 3)[11]).toBeCloseTo(Math.hypot(3, 2));
    expect(distancesTo(new Uint8Array(4), 2, 2)[0]).toBe(Infinity);
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

  it.each([
    ['clicks of which none is on the subject', [{ x: 5, y: 5, label: 0 }], 'No click is on the subject'],
    ['places that are words', [{ x: 'a', y: 5, label: 1 }], '160 × 120'],
    ['no list', null, '160 × 120'],
    ['a list of nothing', [null], '160 × 120'],
  ])('%s are refused', async (_what, points, message) => {
    const refused = run('segment', { points, quality: 'fast' }, { image: await scene() });
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
