import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { pngTextStripper, readPngText } from './png-chunks.js';

function chunk(type: string, data: Buffer): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}
const plain = (): Promise<Buffer> =>
  sharp({ create: { width: 20, height: 10, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
const withChunks = async (...chunks: Buffer[]): Promise<Buffer> => {
  const png = await plain();
  return Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)]);
};
const text = '{"prompt":"ein Fuchs, grün"}';
const tEXt = chunk('tEXt', Buffer.from('atelier\0plain words', 'latin1'));
const zTXt = chunk('zTXt', Buffer.concat([Buffer.from('atelier\0\0', 'latin1'), deflateSync('deflated words')]));
const iTXt = chunk('iTXt', Buffer.concat([Buffer.from('atelier\0\0\0\0\0', 'latin1'), Buffer.from(text)]));
const iTXtDeflated = chunk('iTXt', Buffer.concat([Buffer.from('atelier\0\x01\0de\0\0', 'latin1'), deflateSync(text)]));

describe('readPngText', () => {
  it.each([
    [tEXt, 'plain words'],
    [zTXt, 'deflated words'],
    [iTXt, text],
    [iTXtDeflated, text],
  ])('reads each kind of text chunk (%#)', async (piece, expected) => {
    expect(readPngText(await withChunks(chunk('tEXt', Buffer.from('other\0x')), piece), 'atelier')).toBe(expected);
  });

  it('is null without the keyword, for other files, cut files and bombs', async () => {
    expect(readPngText(await plain(), 'atelier')).toBeNull();
    expect(readPngText(Buffer.from('not a picture at all'), 'atelier')).toBeNull();
    expect(readPngText((await withChunks(tEXt)).subarray(0, 45), 'atelier')).toBeNull();
    const bomb = chunk('zTXt', Buffer.concat([Buffer.from('atelier\0\0', 'latin1'), deflateSync(Buffer.alloc(50_000_000))]));
    expect(readPngText(await withChunks(bomb), 'atelier')).toBeNull();
  });
});

describe('pngTextStripper', () => {
  const strip = (png: Buffer, piece: number): Promise<Buffer> =>
    buffer(Readable.from(Array.from({ length: Math.ceil(png.length / piece) }, (_, i) => png.subarray(i * piece, (i + 1) * piece))).pipe(pngTextStripper()));

  it.each([1, 3, 7, 64, 100_000])('gives back exactly the file without its text, fed %i bytes at a time', async (piece) => {
    expect((await strip(await withChunks(tEXt, iTXt, zTXt, chunk('tIME', Buffer.alloc(7)), chunk('eXIf', Buffer.alloc(9))), piece)).equals(await plain())).toBe(
      true,
    );
  });

  it('refuses what is no PNG and what ends early', async () => {
    const run = (bytes: Buffer): Promise<Buffer> =>
      new Promise((resolve, reject) => {
        const stream = pngTextStripper().on('error', reject);
        buffer(stream).then(resolve, reject);
        stream.end(bytes);
      });
    await expect(run(Buffer.from('GIF89a, certainly'))).rejects.toThrow('not a PNG');
    await expect(run((await plain()).subarray(0, 50))).rejects.toThrow('middle of a chunk');
  });
});
