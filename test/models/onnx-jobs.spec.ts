import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnnxRecipe, Operation } from '@atelier/contracts';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyGraph } from '../../gpu-fleet/src/engines/onnx/tiny-graphs.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { film } from '../support/film.js';

/** ONNX models from the operator's import to a picture: registry, passport, a real box with the real engine on the processor, charge and meter. */
let app: TestApp;
let anna: Person;
const given = { image: '', mask: '', plate: '', video: '' };
const weightsDir = mkdtempSync(join(tmpdir(), 'atelier-onnx-jobs-'));

const api = () => app.api(anna.token);
const job = async (id: string) => (await api().get(`/jobs/${id}`)).body;
const uploaded = async (file: Buffer, contentType = 'image/png'): Promise<string> =>
  (await api().post('/assets').attach('file', file, { filename: 'a', contentType })).body.id as string;
const drawn = (svg: string, background: string): Promise<Buffer> =>
  sharp({ create: { width: 128, height: 96, channels: 3, background } })
    .composite([{ input: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="128" height="96">${svg}</svg>`) }])
    .removeAlpha()
    .png()
    .toBuffer();

async function bring(slug: string, file: string, recipe: OnnxRecipe): Promise<void> {
  const bytes = Buffer.from(tinyGraph(recipe));
  const operator = () => app.api(app.operator.token);
  const { body } = await operator().post(`/operator/models/${slug}/files`).send({ file, size: bytes.length });
  await operator().put(`/models/imports/${body.id}/parts/1`).set('content-type', 'application/octet-stream').send(bytes);
  await operator().post(`/models/imports/${body.id}/complete`);
  await expect.poll(async () => (await operator().get(`/models/imports/${body.id}`)).body.stage, { timeout: 15_000 }).toBe('done');
}

async function runs(model: string, operation: Operation, parameters: object, charged: string): Promise<void> {
  const answer = await api().post('/jobs').send({ operation, parameters });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  await expect.poll(async () => (await job(answer.body.id)).finishedAt, { timeout: 30_000, interval: 100 }).not.toBeNull();
  const ended = await job(answer.body.id);
  expect(ended, JSON.stringify(ended.error)).toMatchObject({ status: 'succeeded', simulated: false, credits: { charged, held: '0' } });
  expect(ended.gpu.seconds).toBeGreaterThan(0);
  const made = (await api().get(`/assets/${ended.outputs[0].assetId}`)).body;
  expect(made.metadata).toMatchObject({ engine: 'onnx', model: expect.stringContaining(model.startsWith('sam2') ? 'sam2' : model) });
  const scale = operation === 'upscale' ? (parameters as { factor: number }).factor : 1;
  // What tells numbers shows the square that the model saw.
  expect([made.width, made.height]).toEqual(['nsfw', 'openclip'].includes(model) ? [224, 224] : [128 * scale, 96 * scale]);
}

/** Model, operation, parameters, what is charged, what the tiny graph makes of it. */
const CASES: [string, Operation, () => object, string][] = [
  ['sam2-base-plus', 'segment', () => ({ image: given.image, points: [{ x: 60, y: 48, label: 1 }] }), '1'],
  ['u2net', 'remove-background', () => ({ image: given.image }), '1'],
  ['modnet', 'matte', () => ({ image: given.image, method: 'portrait' }), '1'],
  ['bgmv2', 'matte', () => ({ image: given.image, method: 'plate', plate: given.plate }), '1'],
  ['lama', 'clean-up', () => ({ image: given.image, mask: given.mask }), '2'],
  ['lama', 'smart-remove', () => ({ image: given.image, points: [{ x: 60, y: 48, label: 1 }] }), '2'],
  ['realesrgan-x4', 'upscale', () => ({ image: given.image, factor: 4 }), '3'],
  ['realesrgan-x2', 'upscale', () => ({ image: given.image, factor: 2 }), '2'],
  ['realesrgan-anime', 'upscale', () => ({ image: given.image, factor: 4, style: 'anime' }), '3'],
  ['gfpgan', 'face-restore', () => ({ image: given.image }), '2'],
  ['codeformer', 'face-restore', () => ({ image: given.image, method: 'codeformer', fidelity: 0.5 }), '2'],
  ['rife', 'interpolate', () => ({ video: given.video, targetFps: 20 }), '2'],
  ['midas', 'analyze', () => ({ image: given.image, what: 'depth' }), '1'],
  ['detector', 'analyze', () => ({ image: given.image, what: 'objects' }), '1'],
  ['nsfw', 'analyze', () => ({ image: given.image, what: 'safety' }), '1'],
  ['openclip', 'analyze', () => ({ image: given.image, what: 'embedding' }), '1'],
];

beforeAll(async () => {
  app = await startApp({ ATELIER_LOCAL_BOXES: '1', ATELIER_ONNX: 'cpu', ATELIER_WEIGHTS_DIR: weightsDir });
  anna = await app.register('Anna');
  await app.setPlan(anna.tenantId, 'pro');
  given.image = await uploaded(await drawn('<circle cx="60" cy="48" r="24" fill="#d09060"/>', '#405060'));
  given.mask = await uploaded(await drawn('<circle cx="60" cy="48" r="14" fill="white"/>', 'black'));
  given.plate = await uploaded(await drawn('', '#405060'));
  given.video = await uploaded(film({ width: 128, height: 96, fps: 10, frames: 8 }), 'video/mp4');
}, 60_000);
afterAll(async () => {
  await app?.close();
  rmSync(weightsDir, { recursive: true, force: true });
});

describe('a model of the catalogue', () => {
  it('is ready once its files are imported, its licence is allowed and a box runs it', async () => {
    for (const slug of new Set(CASES.map(([model]) => model))) {
      if (slug === 'sam2-base-plus') {
        await bring(slug, 'sam2-encoder-base-plus.onnx', 'sam2-encoder');
        await bring(slug, 'sam2-decoder-base-plus.onnx', 'sam2-decoder');
      } else await bring(slug, `${slug}.onnx`, slug as OnnxRecipe);
      if (slug === 'gfpgan' || slug === 'codeformer') await bring(slug, 'face-detector.onnx', 'face-detector');
    }
    await app.api(app.operator.token).put('/operator/licences').send({ allowed: true, reason: 'an installation that only tests use' });
    await expect
      .poll(
        async () =>
          (await api().get('/models?limit=100')).body.data.filter(({ engine, ready }: { engine: string; ready: boolean }) => engine === 'onnx' && ready).length,
        { timeout: 20_000 },
      )
      .toBe(new Set(CASES.map(([model]) => model)).size);
  }, 120_000);

  it.each(CASES)(
    '%s does %s on a real box, from the import to the charge',
    (model, operation, parameters, charged) => runs(model, operation, parameters(), charged),
    60_000,
  );

  it.each([
    ['isnet', 'remove-background'],
    ['birefnet', 'matte'],
  ] as const)(
    '%s does %s instead of a lesser one as soon as its file is here',
    async (model, operation) => {
      await bring(model, `${model}.onnx`, model);
      const isReady = async (): Promise<boolean> => (await api().get('/models?limit=100')).body.data.find(({ slug }: { slug: string }) => slug === model).ready;
      await expect.poll(isReady, { timeout: 20_000 }).toBe(true);
      await runs(model, operation, { image: given.image }, '1');
    },
    60_000,
  );

  it('enlarges by the model that is named, and not four times by one that only doubles', async () => {
    await runs('realesrgan-anime', 'upscale', { image: given.image, factor: 2, model: 'realesrgan-anime' }, '2');
    const refused = await api().post('/generate/upscale').send({ image: given.image, factor: 4, model: 'realesrgan-x2' });
    expect([refused.status, refused.body.errors]).toMatchObject([422, [{ pointer: '/factor', code: 'not_supported' }]]);
  }, 60_000);

  it('answers a second click with the picture it has kept', async () => {
    const { body: session } = await api().post('/visual/segment/sessions').send({ image: given.image });
    const click = () =>
      api()
        .post(`/visual/segment/sessions/${session.id}/clicks`)
        .send({ points: [{ x: 60, y: 48, label: 1 }] });
    const first = await click();
    expect(first.status, JSON.stringify(first.body)).toBe(200);
    const second = await click();
    expect((await api().get(`/assets/${second.body.mask.assetId}`)).body.metadata).toMatchObject({ engine: 'onnx' });
    await api().delete(`/visual/segment/sessions/${session.id}`);
  });
});
