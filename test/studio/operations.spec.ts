import sharp from 'sharp';
import { OPERATIONS, type Operation } from '@atelier/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { film } from '../support/film.js';

/** Every operation through the whole house on a real box, as a newcomer's installation has it. */
let app: TestApp;
let anna: Person;
const given: Record<'image' | 'mask' | 'plate' | 'video', string> = { image: '', mask: '', plate: '', video: '' };

const api = () => app.api(anna.token);
const job = async (id: string) => (await api().get(`/jobs/${id}`)).body;
const uploaded = async (file: Buffer, contentType = 'image/png'): Promise<string> =>
  (await api().post('/assets').attach('file', file, { filename: 'a', contentType })).body.id as string;
const drawn = (svg: string, background = '#405060'): Promise<Buffer> =>
  sharp({ create: { width: 128, height: 96, channels: 3, background } })
    .composite([{ input: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="128" height="96">${svg}</svg>`) }])
    .removeAlpha()
    .png()
    .toBuffer();

beforeAll(async () => {
  app = await startApp({ ATELIER_LOCAL_BOXES: '1' });
  anna = await app.register('Anna');
  await app.setPlan(anna.tenantId, 'pro');
  given.image = await uploaded(await drawn('<circle cx="60" cy="48" r="24" fill="#d09060"/>'));
  given.mask = await uploaded(await drawn('<circle cx="60" cy="48" r="14" fill="white"/>', 'black'));
  given.plate = await uploaded(await drawn(''));
  given.video = await uploaded(film({ width: 128, height: 96, fps: 10, frames: 8 }), 'video/mp4');
});
afterAll(() => app?.close());

interface Expected {
  parameters: () => object;
  type?: 'image' | 'video';
  size?: [number, number];
  charged: string;
  simulated: boolean;
}
const drawing = { prompt: 'a heron', steps: 4, seed: 1 };
const clicks = [{ x: 60, y: 48, label: 1 }];
/** Without `segment-session`, which has its own suite, and `analyze`, which no engine does without a model. */
const CASES: Record<Exclude<Operation, 'segment-session' | 'analyze'>, Expected> = {
  txt2img: { parameters: () => ({ ...drawing, width: 128, height: 96 }), charged: '1', simulated: true },
  img2img: { parameters: () => ({ ...drawing, image: given.image }), charged: '1', simulated: true },
  inpaint: { parameters: () => ({ ...drawing, image: given.image, mask: given.mask }), charged: '1', simulated: true },
  outpaint: { parameters: () => ({ ...drawing, image: given.image, right: 64, top: 32 }), size: [192, 128], charged: '1', simulated: true },
  upscale: { parameters: () => ({ image: given.image, factor: 2 }), size: [256, 192], charged: '2', simulated: false },
  video: { parameters: () => ({ prompt: 'waves', width: 128, height: 96, frames: 9, fps: 6 }), type: 'video', charged: '26', simulated: true },
  segment: { parameters: () => ({ image: given.image, points: clicks }), charged: '1', simulated: false },
  'clean-up': { parameters: () => ({ image: given.image, mask: given.mask }), charged: '2', simulated: false },
  'smart-remove': { parameters: () => ({ image: given.image, points: clicks }), charged: '2', simulated: false },
  matte: { parameters: () => ({ image: given.image, method: 'plate', plate: given.plate }), charged: '1', simulated: false },
  'remove-background': { parameters: () => ({ image: given.image, background: '#ffffff' }), charged: '1', simulated: false },
  'face-restore': { parameters: () => ({ image: given.image }), charged: '2', simulated: true },
  interpolate: { parameters: () => ({ video: given.video, targetFps: 20 }), type: 'video', charged: '2', simulated: false },
  mask: { parameters: () => ({ image: given.mask, steps: [{ op: 'grow', pixels: 4 }] }), charged: '0', simulated: false },
  'propagate-mask': { parameters: () => ({ video: given.video, mask: given.mask }), type: 'video', charged: '1', simulated: false },
};

describe('every operation', () => {
  it.each(Object.entries(CASES))(
    '%s is run by a real box, delivered at its size, charged as priced and metered',
    async (operation, { parameters, type = 'image', size = [128, 96], charged, simulated }) => {
      const answer = await api().post('/jobs').send({ operation, parameters: parameters() });
      expect(answer.status, JSON.stringify(answer.body)).toBe(202);
      await expect.poll(async () => (await job(answer.body.id)).finishedAt, { timeout: 30_000, interval: 100 }).not.toBeNull();
      const ended = await job(answer.body.id);
      expect(ended, JSON.stringify(ended.error)).toMatchObject({ status: 'succeeded', simulated, credits: { charged, held: '0' } });
      expect(ended.gpu.seconds).toBeGreaterThan(0);
      expect(ended.outputs).toMatchObject([{ type, width: size[0], height: size[1] }]);
      const thumbnail = await api().get(`/assets/${ended.outputs[0].assetId}/content?size=256`).redirects(0);
      const shown = await sharp(Buffer.from(await (await fetch(thumbnail.headers['location']!)).arrayBuffer())).metadata();
      expect(shown.width! / shown.height!).toBeCloseTo(size[0] / size[1], 1);
    },
    60_000,
  );

  it('has its case here', () => {
    expect([...Object.keys(CASES), 'segment-session', 'analyze'].sort()).toEqual([...OPERATIONS].sort());
  });

  it('a session of clicks answers each with its mask', async () => {
    const { body: session } = await api().post('/visual/segment/sessions').send({ image: given.image });
    const { status, body } = await api().post(`/visual/segment/sessions/${session.id}/clicks`).send({ points: clicks });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body.mask).toMatchObject({ type: 'image', width: 128, height: 96 });
    await api().delete(`/visual/segment/sessions/${session.id}`);
    await expect.poll(async () => (await job(session.id)).status, { timeout: 10_000 }).toBe('succeeded');
    expect(await job(session.id)).toMatchObject({ credits: { charged: '1' } });
  });

  it('a film made here can be worked on further', async () => {
    const { data } = (await api().get('/assets?type=video')).body;
    const made = data.find(({ jobId }: { jobId: string | null }) => jobId !== null);
    const answer = await api().post('/visual/interpolate').send({ video: made.id, targetFps: 30 });
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    await expect.poll(async () => (await job(answer.body.id)).status, { timeout: 30_000 }).toBe('succeeded');
  });
});
