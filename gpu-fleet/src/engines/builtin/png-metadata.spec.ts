import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { canonicalJson, crc32, readMetadata, withMetadata } from './png-metadata.js';

const facts = { prompt: 'Ein Fuchs im Schnee, 雪 🦊', seed: 7, parameters: { width: 8, height: 8 }, simulated: true };
const picture = () =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: '#37a' } })
    .png()
    .toBuffer();

describe('PNG metadata', () => {
  it('comes back as it went in, and the picture stays readable', async () => {
    const png = withMetadata(await picture(), facts);
    expect(readMetadata(png)).toEqual(facts);
    expect(await sharp(png).raw().toBuffer()).toEqual(
      await sharp(await picture())
        .raw()
        .toBuffer(),
    );
  });

  it('is the same bytes whatever the order of the keys', async () => {
    const { simulated, parameters, seed, prompt } = facts;
    expect(withMetadata(await picture(), { simulated, parameters: { height: 8, width: 8 }, seed, prompt })).toEqual(withMetadata(await picture(), facts));
    expect(parameters).toBeDefined();
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });

  it('carries a right checksum', () => expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926));

  it('says null of a PNG without it and of another file, and refuses to write into one', async () => {
    expect(readMetadata(await picture())).toBeNull();
    expect(readMetadata(Buffer.from('GIF89a'))).toBeNull();
    expect(() => withMetadata(Buffer.from('GIF89a'), facts)).toThrow('Not a PNG');
  });
});
