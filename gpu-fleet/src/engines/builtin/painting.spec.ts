import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { EngineInputError } from '../engine.js';
import { BuiltinEngine } from './builtin-engine.js';
import { drawn, only, raw, runOn, textured, words } from './kind-trial.js';

const engine = new BuiltinEngine(1);
const run = runOn(engine);
afterAll(() => engine.close());

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

  it('a mask of another size is refused, also when it is as large as the result', async () => {
    const parameters = { ...words, width: 104, height: 64, strength: 0.8, feather: 4 };
    const [image, other] = [await textured(100, 64), await drawn(104, 64, '')];
    const refused = run('inpaint', parameters, { image, mask: other });
    await expect(refused).rejects.toThrow(EngineInputError);
    await expect(refused).rejects.toThrow('The mask is 104 × 64, the picture 100 × 64');
    const fitted = await run('inpaint', parameters, { image, mask: await drawn(100, 64, '<rect width="20" height="20" fill="white"/>') });
    expect(only(fitted)).toMatchObject({ width: 104, height: 64 });
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

  it('widens the mask by as many pixels as are asked for, and touches nothing beyond', async () => {
    const [image, mask] = [
      await drawn(80, 60, '<rect x="24" y="14" width="32" height="32" fill="red"/>'),
      await drawn(80, 60, '<rect x="28" y="18" width="24" height="24" fill="white"/>'),
    ];
    const [before, after] = [await raw(image), await raw(only(await run('clean-up', { grow: 4 }, { image, mask })).data as Uint8Array)];
    const redAt = (picture: { data: Buffer }, x: number, y: number): number => picture.data[(y * 80 + x) * 3]!;
    expect([redAt(before, 24, 30), redAt(before, 55, 30)]).toEqual([255, 255]);
    // The middles of the sides: the corners are cut by the round of the widening.
    for (const [x, y] of [
      [24, 30],
      [55, 30],
      [40, 14],
      [40, 45],
    ] as const)
      expect(redAt(after, x, y), `${x}, ${y}`).toBeLessThan(40);
    for (const [x, y] of [
      [23, 30],
      [56, 30],
      [40, 13],
      [40, 46],
    ] as const)
      expect(redAt(after, x, y), `${x}, ${y}`).toBe(redAt(before, x, y));
  });

  it('a large hole gets fewer rounds where it is large, and the texture goes on in it', async () => {
    const side = 400;
    const whole = await textured(side, side);
    const mask = await drawn(side, side, '<rect x="80" y="80" width="240" height="240" fill="white"/>');
    const result = await run('clean-up', {}, { image: whole, mask });
    // Six rounds on every level, but for the finest.
    expect(result.stepsDone % 6).toBe(4);
    const [truth, after] = [await raw(whole), await raw(only(result).data as Uint8Array)];
    const deviation = ({ data }: { data: Buffer }): number => {
      const seen = Array.from({ length: 160 }, (_, k) => data[((120 + k) * side + 120 + k) * 3]!);
      const mean = seen.reduce((sum, value) => sum + value, 0) / seen.length;
      return Math.sqrt(seen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / seen.length);
    };
    expect(deviation(after)).toBeGreaterThan(0.6 * deviation(truth));
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
