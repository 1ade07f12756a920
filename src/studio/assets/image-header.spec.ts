import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readImageHeader, sniff, type ByteSource } from './image-header.js';

const from =
  (bytes: Buffer): ByteSource =>
  async (offset, length) =>
    bytes.subarray(offset, offset + length);
const canvas = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: { r: 10, g: 200, b: 30, alpha: 0.5 } } });

describe('readImageHeader', () => {
  it.each([
    ['image/png', () => canvas(37, 91).png().toBuffer()],
    ['image/jpeg', () => canvas(37, 91).jpeg().toBuffer()],
    ['image/jpeg', () => canvas(37, 91).jpeg({ progressive: true }).withMetadata({ orientation: 6 }).toBuffer()],
    ['image/webp', () => canvas(37, 91).webp().toBuffer()],
    ['image/webp', () => canvas(37, 91, 4).webp({ lossless: true }).toBuffer()],
    ['image/webp', () => canvas(37, 91, 4).webp().withMetadata().toBuffer()],
  ])('reads type and size of a real %s', async (contentType, make) => {
    expect(await readImageHeader(from(await make()))).toEqual({ contentType, width: 37, height: 91 });
  });

  it('reads the size of a picture that would need gigabytes, from its first bytes', async () => {
    const png = await canvas(8, 8).png().toBuffer();
    png.writeUInt32BE(30_000, 16);
    png.writeUInt32BE(30_000, 20);
    expect(await readImageHeader(from(png))).toMatchObject({ width: 30_000, height: 30_000 });
  });

  it('finds the frame of a JPEG behind megabytes of application segments', async () => {
    const jpeg = await canvas(37, 91).jpeg().toBuffer();
    const padding = Buffer.concat(Array.from({ length: 40 }, () => Buffer.concat([Buffer.from([0xff, 0xec, 0xff, 0xff]), Buffer.alloc(65_533)])));
    expect(await readImageHeader(from(Buffer.concat([jpeg.subarray(0, 2), padding, jpeg.subarray(2)])))).toMatchObject({ width: 37, height: 91 });
  });

  it.each([
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'svg'],
    ['\uFEFF  <?xml version="1.0"?><svg/>', 'svg'],
    ['GIF89a………………', 'foreign'],
    ['<html>', 'foreign'],
    ['', 'foreign'],
  ])('refuses %j as %s', async (text, fault) => {
    expect(await readImageHeader(from(Buffer.from(text)))).toMatchObject({ fault });
  });

  it('calls a file broken whose header ends early, declares no pixels or never declares a frame', async () => {
    const png = await canvas(8, 8).png().toBuffer();
    expect(await readImageHeader(from(png.subarray(0, 20)))).toEqual({ fault: 'broken', contentType: 'image/png' });
    png.writeUInt32BE(0, 16);
    expect(await readImageHeader(from(png))).toEqual({ fault: 'broken', contentType: 'image/png' });
    expect(await readImageHeader(from(Buffer.from('ffd8ffd9', 'hex')))).toEqual({ fault: 'broken', contentType: 'image/jpeg' });
    expect(await readImageHeader(from(Buffer.from('RIFF\x04\0\0\0WEBPVP8Q', 'latin1')))).toEqual({ fault: 'broken', contentType: 'image/webp' });
  });

  it('never throws and never loops on noise behind a known signature', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const noise = Buffer.from(Array.from({ length: 400 }, (_, i) => (Math.imul(seed * 7919 + i, 2654435761) >>> 13) & 0xff));
      noise.set([0xff, 0xd8, 0xff], 0);
      expect(await readImageHeader(from(noise))).toHaveProperty('contentType', 'image/jpeg');
    }
  });
});

it('sniff needs twelve bytes at most', async () => {
  expect(sniff((await canvas(2, 2).webp().toBuffer()).subarray(0, 12))).toBe('image/webp');
  expect(sniff(Buffer.alloc(0))).toBeNull();
});
