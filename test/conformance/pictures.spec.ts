import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type Person, type TestApp } from '../support/app.js';

/** Photographs with reference mattes, beside the repository or where ATELIER_DATA says; not part of it. */
const PHOTOS = join(process.env.ATELIER_DATA ?? join(import.meta.dirname, '../../../shared/data'), 'photos');
const available = existsSync(PHOTOS);
if (!available) console.warn(`No photographs at ${PHOTOS} (set ATELIER_DATA): the check of background removal on photographs is left out.`);

interface Alpha {
  width: number;
  height: number;
  data: Uint8Array;
}

const alphaOf = async (png: Buffer): Promise<Alpha> => {
  const { data, info } = await sharp(png).ensureAlpha().extractChannel('alpha').raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
};

const iou = (a: Uint8Array, b: Uint8Array): number => {
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! > 127, b[i]! > 127];
    if (x && y) both++;
    if (x || y) either++;
  }
  return either === 0 ? 1 : both / either;
};

/** What anybody can do in ten lines: everything reachable from the corners over similar colours is background. */
async function floodFromCorners(photo: Buffer): Promise<Uint8Array> {
  const { data, info } = await sharp(photo).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const alpha = new Uint8Array(width * height).fill(255);
  const stack = [0, width - 1, (height - 1) * width, height * width - 1];
  for (const corner of stack) alpha[corner] = 0;
  while (stack.length > 0) {
    const at = stack.pop()!;
    for (const next of [at - 1, at + 1, at - width, at + width]) {
      if (next < 0 || next >= alpha.length || alpha[next] === 0 || (Math.abs(next - at) === 1 && Math.floor(next / width) !== Math.floor(at / width))) continue;
      let difference = 0;
      for (let c = 0; c < 3; c++) difference = Math.max(difference, Math.abs(data[next * 3 + c]! - data[at * 3 + c]!));
      if (difference > 12) continue;
      alpha[next] = 0;
      stack.push(next);
    }
  }
  return alpha;
}

describe('pictures made without a model, through the API and a box', () => {
  let app: TestApp;
  let person: Person;

  beforeAll(async () => {
    app = await startApp({ ATELIER_LOCAL_BOXES: '1' });
    person = await app.register();
    await app.setPlan(person.tenantId, 'pro');
  });
  afterAll(() => app.close());

  /** Uploads, runs the operation, and returns the finished job with the bytes of its first output. */
  async function make(path: string, photo: Buffer, filename: string, parameters: object): Promise<{ job: Record<string, never>; picture: Buffer }> {
    const api = app.api(person.token);
    const asset = await api.post('/assets').attach('file', photo, filename).expect(201);
    const { body } = await api
      .post(path)
      .set('prefer', 'wait=60')
      .send({ image: asset.body.id, ...parameters });
    expect(body.status, JSON.stringify(body.error)).toBe('succeeded');
    const answer = await fetch(body.outputs[0].url, { headers: { authorization: `Bearer ${person.token}` } });
    return { job: body, picture: Buffer.from(await answer.arrayBuffer()) };
  }

  it.skipIf(!available)(
    'background removal on photographs reaches a mean IoU of 0.65, clearly above a flood fill from the corners, and says it had no model',
    async () => {
      const names = readdirSync(PHOTOS).filter((name) => name.endsWith('.jpg'));
      const scores: { name: string; ours: number; flood: number }[] = [];
      for (const name of names) {
        const photo = readFileSync(join(PHOTOS, name));
        const reference = await alphaOf(readFileSync(join(PHOTOS, name.replace('.jpg', '.matte.png'))));
        const { job, picture } = await make('/visual/remove-background', photo, name, {});
        const ours = await alphaOf(picture);
        expect([ours.width, ours.height]).toEqual([reference.width, reference.height]);
        scores.push({ name, ours: iou(ours.data, reference.data), flood: iou(await floodFromCorners(photo), reference.data) });
        const asset = await app
          .api(person.token)
          .get(`/assets/${(job as unknown as { outputs: { assetId: string }[] }).outputs[0]!.assetId}`)
          .expect(200);
        expect(asset.body.metadata).toMatchObject({ model: null, method: 'classical' });
        expect(asset.body.simulated).toBe(false);
      }
      const mean = (key: 'ours' | 'flood'): number => scores.reduce((sum, score) => sum + score[key], 0) / scores.length;
      console.table(scores.map(({ name, ours, flood }) => ({ name, ours: ours.toFixed(3), flood: flood.toFixed(3) })));
      console.log(`background removal: mean IoU ${mean('ours').toFixed(3)}, flood fill ${mean('flood').toFixed(3)}`);
      expect(mean('ours')).toBeGreaterThanOrEqual(0.65);
      expect(mean('ours') - mean('flood')).toBeGreaterThan(0.1);
    },
    180_000,
  );

  it('upscale ×2 then half-size back keeps a PSNR of at least 30 dB', async () => {
    const width = 240;
    const height = 180;
    const raw = Buffer.alloc(width * height * 3);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < 3; c++)
          raw[(y * width + x) * 3 + c] = Math.round(127 + 80 * Math.sin((x * (c + 2)) / 17 + y / 11) + (Math.hypot(x - 120, y - 90) < 50 ? 40 : -20));
    const photo = await sharp(raw, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    const { picture } = await make('/generate/upscale', photo, 'waves.png', { factor: 2 });
    const meta = await sharp(picture).metadata();
    expect([meta.width, meta.height]).toEqual([width * 2, height * 2]);
    const back = await sharp(picture).removeAlpha().resize(width, height, { kernel: 'lanczos3' }).raw().toBuffer();
    let error = 0;
    for (let i = 0; i < raw.length; i++) error += (raw[i]! - back[i]!) ** 2;
    const psnr = 10 * Math.log10(255 ** 2 / (error / raw.length));
    console.log(`upscale ×2 and back: ${psnr.toFixed(1)} dB`);
    expect(psnr).toBeGreaterThanOrEqual(30);
  }, 90_000);
});
