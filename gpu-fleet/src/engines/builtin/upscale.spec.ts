import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { EngineInputError } from '../engine.js';
import { Course, Inputs } from './operation.js';
import type { Picture } from './picture.js';
import { txt2img } from './txt2img.js';
import { upscale, UPSCALE_PIXELS_MAX } from './upscale.js';

const course = () =>
  new Course(
    () => undefined,
    () => false,
  );
const png = ({ data, width, height, channels }: Picture) => sharp(data, { raw: { width, height, channels } }).png().toBuffer();

/** Edges, gradients and fine brushwork, wider than one tile. */
async function sample(): Promise<Picture> {
  const words = {
    prompt: 'mountains at dawn',
    negativePrompt: '',
    width: 288,
    height: 144,
    steps: 12,
    cfgScale: 7,
    sampler: 'euler',
    scheduler: 'normal',
    seed: 3,
    model: '',
  };
  return (await txt2img(words, new Inputs([]), course())).picture;
}

async function enlarged(picture: Picture, factor: 2 | 4, style: 'photo' | 'anime'): Promise<Picture> {
  return (await upscale({ factor, style }, new Inputs([{ name: 'image', data: await png(picture), contentType: 'image/png' }]), course())).picture;
}

async function reduced({ data, width, height, channels }: Picture, by: number): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels } })
    .resize(width / by, height / by, { kernel: 'lanczos3' })
    .raw()
    .toBuffer();
}

function psnr(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return 10 * Math.log10((255 * 255) / (sum / a.length));
}

describe('upscale', () => {
  it.each([
    [2, 'photo'],
    [2, 'anime'],
    [4, 'photo'],
    [4, 'anime'],
  ] as const)('×%i %s reduced again is what it came from (PSNR ≥ 38 dB)', async (factor, style) => {
    const picture = await sample();
    const large = await enlarged(picture, factor, style);
    expect([large.width, large.height]).toEqual([picture.width * factor, picture.height * factor]);
    expect(psnr(picture.data, await reduced(large, factor))).toBeGreaterThan(38);
  });

  it('is sharper than plain Lanczos: reduced again it is nearer to its origin', async () => {
    const picture = await sample();
    const plain = await sharp(picture.data, { raw: { width: 288, height: 144, channels: 3 } })
      .resize(576, 288, { kernel: 'lanczos3' })
      .raw()
      .toBuffer();
    const back = await reduced({ width: 576, height: 288, channels: 3, data: plain }, 2);
    expect(psnr(picture.data, await reduced(await enlarged(picture, 2, 'photo'), 2))).toBeGreaterThan(psnr(picture.data, back));
  });

  it('keeps transparency, and lets no hidden colour bleed into the edge', async () => {
    const data = new Uint8Array(64 * 64 * 4);
    for (let i = 0; i < 64 * 64; i++) data.set(i % 64 < 32 ? [0, 255, 0, 0] : [200, 30, 30, 255], i * 4);
    const large = await enlarged({ width: 64, height: 64, channels: 4, data }, 2, 'photo');
    expect(large.channels).toBe(4);
    expect(large.data[3]).toBe(0);
    for (let i = 0; i < 128 * 128; i++) if (large.data[i * 4 + 3]! > 16) expect(large.data[i * 4 + 1]).toBeLessThan(60);
  });

  it('drops an alpha channel that hides nothing', async () => {
    const data = new Uint8Array(16 * 16 * 4).fill(255);
    expect((await enlarged({ width: 16, height: 16, channels: 4, data }, 2, 'photo')).channels).toBe(3);
  });

  it('refuses a result above the cap with its numbers', async () => {
    const wide = await sharp({ create: { width: 4200, height: 1000, channels: 3, background: '#888' } })
      .png()
      .toBuffer();
    expect(4200 * 1000 * 16).toBeGreaterThan(UPSCALE_PIXELS_MAX);
    const refused = upscale({ factor: 4, style: 'photo' }, new Inputs([{ name: 'image', data: wide, contentType: 'image/png' }]), course());
    await expect(refused).rejects.toThrow(EngineInputError);
    await expect(refused).rejects.toThrow('16800×4000');
  });
});
