import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { EngineInputError } from '../../engine.js';
import { Course, Inputs } from '../operation.js';
import type { Picture } from '../picture.js';
import { insideBars } from './letterbox.js';
import { colourOf, removeBackground } from './remove-background.js';

const WIDTH = 240;
const HEIGHT = 180;

/** A red disc with a stripe on a backdrop that runs from blue to grey, with the noise of a sensor. */
function disc(): Buffer {
  const data = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const x = i % WIDTH,
      y = Math.floor(i / WIDTH),
      noise = ((i * 2_654_435_761) >>> 13) % 9;
    const colour = inDisc(i) ? (Math.abs(y - 96) < 8 ? [240, 220, 200] : [190, 40, 50]) : [70 + y / 3, 110 + x / 8, 150 + y / 4];
    colour.forEach((c, k) => (data[i * 3 + k] = c + noise - 4));
  }
  return data;
}

function inDisc(i: number): boolean {
  return Math.hypot((i % WIDTH) - 120, Math.floor(i / WIDTH) - 100) < 50;
}

async function run(data: Buffer, background: string): Promise<{ picture: Picture; metadata: Record<string, unknown> }> {
  const png = await sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .png()
    .toBuffer();
  return removeBackground(
    { background },
    new Inputs([{ name: 'image', data: png, contentType: 'image/png' }]),
    new Course(
      () => undefined,
      () => false,
    ),
  );
}

describe('background removal', () => {
  it('cuts a thing out of a backdrop, and says that no model did it', async () => {
    const { picture, metadata } = await run(disc(), 'transparent');
    let both = 0,
      either = 0;
    for (let i = 0; i < WIDTH * HEIGHT; i++) {
      const found = picture.data[i * 4 + 3]! > 127;
      if (found && inDisc(i)) both++;
      if (found || inDisc(i)) either++;
    }
    expect(picture.channels).toBe(4);
    expect(both / either).toBeGreaterThan(0.95);
    expect(metadata).toEqual({ method: 'classical', model: null, note: 'made without a model', subjectFound: true });
  });

  it('lays the subject over a colour, without transparency', async () => {
    const { picture } = await run(disc(), 'white');
    expect(picture.channels).toBe(3);
    expect([...picture.data.subarray(0, 3)]).toEqual([255, 255, 255]);
    const middle = (100 * WIDTH + 120) * 3;
    expect(picture.data[middle]).toBeGreaterThan(180);
  });

  it('is the same bytes again', async () => expect((await run(disc(), 'transparent')).picture.data).toEqual((await run(disc(), 'transparent')).picture.data));

  it('leaves a picture whole in which nothing stands out, and says so', async () => {
    const { picture, metadata } = await run(Buffer.alloc(WIDTH * HEIGHT * 3, 120), 'transparent');
    expect(metadata).toMatchObject({ subjectFound: false });
    expect(picture.data.every((v) => v === 120)).toBe(true);
  });

  it('understands transparent, names and #rrggbb, and refuses the rest', () => {
    expect(colourOf('transparent')).toBeNull();
    expect(colourOf('grey')).toEqual([128, 128, 128]);
    expect(colourOf('#FF8800')).toEqual([255, 136, 0]);
    for (const wrong of ['puce', '#fff', 7]) expect(() => colourOf(wrong)).toThrow(EngineInputError);
  });
});

describe('letterbox', () => {
  const frameOf = (top: number, bottom: number, left: number) => {
    const data = new Uint8Array(100 * 80 * 3);
    for (let y = top; y < 80 - bottom; y++)
      for (let x = left; x < 100; x++) data.fill(90 + ((x * 31 + y * 17) % 150), (y * 100 + x) * 3, (y * 100 + x) * 3 + 3);
    return insideBars(data, 3, 100, 80);
  };

  it('finds bars, with two rows to spare for what JPEG smears', () => {
    expect(frameOf(10, 8, 0)).toEqual({ left: 0, top: 12, width: 100, height: 58 });
    expect(frameOf(0, 0, 12)).toEqual({ left: 14, top: 0, width: 86, height: 80 });
    expect(frameOf(0, 0, 0)).toEqual({ left: 0, top: 0, width: 100, height: 80 });
  });

  it('takes a plain backdrop around a thing for no bar', () => {
    const data = new Uint8Array(100 * 80 * 3).fill(250);
    for (let y = 20; y < 60; y++) data.fill(30, (y * 100 + 30) * 3, (y * 100 + 70) * 3);
    expect(insideBars(data, 3, 100, 80)).toEqual({ left: 0, top: 0, width: 100, height: 80 });
  });
});
