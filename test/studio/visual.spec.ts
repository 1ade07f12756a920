import sharp from 'sharp';
import type { Operation } from '@atelier/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Probes } from '../../src/platform/telemetry/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { FakeBox, tinyPng } from '../support/fake-box.js';
import { film } from '../support/film.js';

/** Operations on pictures and films through the whole house, with a box that speaks the real protocol. */
let app: TestApp;
let box: FakeBox;
let anna: Person;
let image: string;
let mask: string;
let other: string;
let video: string;

const post = (path: string, body: object = {}) => app.api(anna.token).post(path).send(body);
const job = async (id: string) => (await app.api(anna.token).get(`/jobs/${id}`)).body;
const until = (id: string, status: string) => expect.poll(async () => (await job(id)).status, { timeout: 10_000, interval: 50 }).toBe(status);
const uploaded = async (file: Buffer, contentType = 'image/png'): Promise<string> =>
  (await app.api(anna.token).post('/assets').attach('file', file, { filename: 'a', contentType })).body.id as string;
const plain = (width: number, height: number, background: string): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
const faultsOf = (body: { errors?: { pointer: string; code: string }[] }) => (body.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`);

beforeAll(async () => {
  app = await startApp({ ATELIER_RETRY_BACKOFF_MS: '0', ATELIER_LEASE_TTL_MS: '45000', ATELIER_HEARTBEAT_MS: '10000', ATELIER_LONG_POLL_MS: '5000' });
  anna = await app.register('Anna');
  await app.setPlan(anna.tenantId, 'pro');
  image = await uploaded(await plain(96, 64, 'teal'));
  mask = await uploaded(await plain(96, 64, 'white'));
  other = await uploaded(await plain(50, 50, 'white'));
  video = await uploaded(film({ width: 96, height: 64, fps: 10, frames: 30 }), 'video/mp4');
});
beforeEach(async () => {
  box = await FakeBox.start(app);
});
afterAll(() => app?.close());

const point = { x: 10, y: 10 };

describe('an operation of one task', () => {
  it.each([
    ['segment', '/visual/segment', () => ({ image, points: [point] }), '1', { points: [{ ...point, label: 1 }], quality: 'balanced' }, ['image']],
    ['clean-up', '/visual/inpaint', () => ({ image, mask, grow: 3 }), '2', { grow: 3 }, ['image', 'mask']],
    ['smart-remove', '/visual/smart-remove', () => ({ image, mask }), '2', {}, ['image', 'mask']],
    ['matte', '/visual/matte', () => ({ image }), '1', { method: 'general' }, ['image']],
    ['matte', '/visual/matte', () => ({ image, method: 'plate', plate: mask }), '1', { method: 'plate' }, ['image', 'plate']],
    ['remove-background', '/visual/remove-background', () => ({ image }), '1', { background: 'transparent' }, ['image']],
    ['face-restore', '/visual/face-restore', () => ({ image }), '2', { method: 'gfpgan', fidelity: 0.5 }, ['image']],
    ['interpolate', '/visual/interpolate', () => ({ video, targetFps: 24 }), '6', { targetFps: 24 }, ['video']],
    [
      'mask',
      '/visual/mask',
      () => ({ image, steps: [{ op: 'grow', pixels: 4 }, { op: 'invert' }] }),
      '0',
      { steps: [{ op: 'grow', pixels: 4 }, { op: 'invert' }] },
      ['image'],
    ],
    ['propagate-mask', '/visual/propagate-mask', () => ({ video, mask }), '2', {}, ['video', 'mask']],
    ['upscale', '/generate/upscale', () => ({ image, factor: 2 }), '2', { factor: 2, style: 'photo' }, ['image']],
    [
      'inpaint',
      '/generate/inpaint',
      () => ({ prompt: 'a bird', image, mask, feather: 3 }),
      '1',
      { feather: 3, strength: 0.75, width: 96, height: 64 },
      ['image', 'mask'],
    ],
    ['outpaint', '/generate/outpaint', () => ({ prompt: 'more sea', image, left: 32 }), '1', { left: 32, right: 0, width: 128, height: 64 }, ['image']],
    ['video', '/generate/video', () => ({ image, frames: 26 }), '50', { frames: 26, fps: 7, motionBucket: 127, width: 96, height: 64 }, ['image']],
  ] as [Operation, string, () => object, string, object, string[]][])(
    '%s (%s) is priced, done by one box, delivered and charged',
    async (operation, path, body, credits, parameters, inputs) => {
      const estimate = await post('/estimates', { operation, parameters: body() });
      expect(estimate.body).toMatchObject({ credits });
      const accepted = await post(path, body());
      expect(accepted.status, JSON.stringify(accepted.body)).toBe(202);
      expect(accepted.body).toMatchObject({ operation, quote: { credits } });
      const task = await box.leaseOne();
      expect(task).toMatchObject({ parameters });
      expect(task.inputs.map(({ name }) => name)).toEqual(inputs);
      await box.finish(task, tinyPng(7));
      await until(accepted.body.id, 'succeeded');
      const ended = await job(accepted.body.id);
      expect(ended).toMatchObject({ credits: { charged: credits, held: '0' }, outputs: [{}] });
      const made = (await app.api(anna.token).get(`/assets/${ended.outputs[0].assetId}`)).body;
      const given = Object.values(body() as Record<string, unknown>).filter((value) => [image, mask, video].includes(value as string));
      expect(made.lineage.parents.map(({ id }: { id: string }) => id).sort()).toEqual([...given].sort());
    },
  );
});

describe('bad input is refused with every fault at once, and nothing is held', () => {
  it.each([
    [
      'clicks outside, and none on the subject',
      '/visual/segment',
      () => ({ image, points: [{ x: 96, y: 0, label: 0 }] }),
      ['/points no_subject', '/points/0 outside'],
    ],
    ['no clicks', '/visual/segment', () => ({ image, points: [], quality: 'best' }), ['/points array_min_size', '/quality is_in']],
    ['a mask of another size', '/visual/inpaint', () => ({ image, mask: other }), ['/mask other_size']],
    ['a mask of another size', '/generate/inpaint', () => ({ prompt: ' ', image, mask: other }), ['/mask other_size', '/prompt matches']],
    ['both clicks and a mask', '/visual/smart-remove', () => ({ image, mask, points: [point] }), ['/points either_or']],
    ['clicks that are null, and no mask', '/visual/smart-remove', () => ({ image, points: null }), ['/points required']],
    ['neither clicks nor a mask', '/visual/smart-remove', () => ({ image }), ['/points required']],
    ['a plate that is missing', '/visual/matte', () => ({ image, method: 'plate' }), ['/plate required']],
    ['a plate that nobody asked for, of another size', '/visual/matte', () => ({ image, plate: other }), ['/plate not_used', '/plate other_size']],
    ['a frame rate of 0', '/visual/interpolate', () => ({ video, targetFps: 0 }), ['/targetFps min']],
    ['a frame rate that it has already', '/visual/interpolate', () => ({ video, targetFps: 10 }), ['/targetFps not_faster']],
    ['a mask unlike the film', '/visual/propagate-mask', () => ({ video, mask: other }), ['/mask other_size']],
    [
      'steps that miss or mix their values',
      '/visual/mask',
      () => ({ image, steps: [{ op: 'grow' }, { op: 'invert', at: 1 }, { op: 'feather', pixels: -1 }, { op: 'paint' }] }),
      ['/steps/3/op is_in', '/steps/0/pixels required', '/steps/1/at not_used', '/steps/2/pixels min'],
    ],
    ['a mask widened by less than nothing', '/visual/inpaint', () => ({ image, mask, grow: -1 }), ['/grow min']],
    ['a model that does not enlarge', '/generate/upscale', () => ({ image, factor: 2, model: 'lama' }), ['/model unknown_model']],
    ['a fidelity beyond its bounds', '/visual/face-restore', () => ({ image, method: 'magic', fidelity: 2 }), ['/fidelity max', '/method is_in']],
    ['a video of nothing', '/generate/video', () => ({ fps: 0 }), ['/fps min', '/prompt required']],
    ['nothing added', '/generate/outpaint', () => ({ prompt: 'x', image }), ['/left nothing_added']],
  ] as [string, string, () => object, string[]][])('%s (%s)', async (_what, path, body, faults) => {
    const answer = await post(path, body());
    expect(answer.status).toBe(422);
    expect(faultsOf(answer.body).sort()).toEqual([...faults].sort());
    expect((await app.api(anna.token).get('/billing/credits')).body).toMatchObject({ held: '0' });
  });

  it('a picture where a film is wanted does not exist there, nor a film where a picture is', async () => {
    expect((await post('/visual/interpolate', { video: image, targetFps: 30 })).status).toBe(404);
    expect((await post('/visual/matte', { image: video })).status).toBe(404);
  });
});

describe('an operation of two tasks', () => {
  it('smart remove finds what was clicked on, fills its place with that mask, and delivers the picture alone', async () => {
    const { body } = await post('/visual/smart-remove', { image, points: [point] });
    const find = await box.leaseOne();
    expect(find).toMatchObject({ kind: 'segment', parameters: { points: [{ ...point, label: 1 }] }, inputs: [{ name: 'image' }] });
    const found = tinyPng(21);
    await box.complete(find, { outputs: [await box.upload(find, found, 'mask')] });
    const fill = await box.leaseOne();
    expect(fill).toMatchObject({ kind: 'clean-up', parameters: { grow: 1 }, inputs: [{ name: 'image' }, { name: 'mask' }] });
    expect(Buffer.from(await (await fetch(fill.inputs[1]!.url)).arrayBuffer()).equals(found)).toBe(true);
    await box.finish(fill, tinyPng(22));
    await until(body.id, 'succeeded');
    expect(await job(body.id)).toMatchObject({ credits: { charged: '2' }, outputs: [{}] });
  });

  it('when nothing can be found, nothing is filled and nothing is charged', async () => {
    const { body } = await post('/visual/smart-remove', { image, points: [point] });
    await box.fail(await box.leaseOne(), 'task');
    for (let i = 0; i < 2; i++) await box.fail(await box.leaseOne(), 'task');
    await until(body.id, 'failed');
    expect(await job(body.id)).toMatchObject({ credits: { held: '0', charged: '0' } });
  });

  it('a box that says it is done and hands nothing in is not paid', async () => {
    const { body } = await post('/visual/matte', { image });
    await box.complete(await box.leaseOne(), { outputs: [] });
    await until(body.id, 'failed');
    expect(await job(body.id)).toMatchObject({ credits: { held: '0', charged: '0' } });
  });

  it('a video from words is a picture first, whose line is on the quote', async () => {
    const { body } = await post('/generate/video', { prompt: 'waves', frames: 25 });
    expect(body.quote).toMatchObject({ credits: '26', lines: [{ code: 'image' }, { code: 'video_frames_25' }] });
    const still = await box.leaseOne();
    expect(still).toMatchObject({ kind: 'txt2img', parameters: { prompt: 'waves', width: 512 } });
    await box.finish(still, tinyPng(31));
    const clip = await box.leaseOne();
    expect(clip).toMatchObject({ kind: 'video', inputs: [{ name: 'image' }] });
    await box.finish(clip, tinyPng(32));
    await until(body.id, 'succeeded');
    expect((await job(body.id)).outputs).toHaveLength(1);
  });

  it('a plan without videos names the one that has them', async () => {
    const free = await app.register('Free');
    const answer = await app.api(free.token).post('/generate/video').send({ prompt: 'waves', width: 64, height: 64 });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 'plan_required', planRequired: 'Standard' });
  });
});

describe('a session of clicks', () => {
  const open = async (): Promise<string> => {
    const answer = await post('/visual/segment/sessions', { image });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    expect(answer.body).toMatchObject({ image, open: true, quality: 'balanced' });
    return answer.body.id as string;
  };
  const embed = async (): Promise<void> => {
    const task = await box.leaseOne();
    expect(task).toMatchObject({ kind: 'segment', parameters: { points: [] } });
    await box.complete(task, { outputs: [] });
  };
  const click = async (id: string, seed: number) => {
    const asked = post(`/visual/segment/sessions/${id}/clicks`, { points: [point] }).then((answer) => answer);
    const task = await box.leaseOne();
    expect(task).toMatchObject({ kind: 'segment', parameters: { points: [{ ...point, label: 1 }] } });
    await box.complete(task, { outputs: [await box.upload(task, tinyPng(seed), 'mask')] });
    return asked;
  };

  it('looks at the picture once, answers each click with its mask, and is charged once', async () => {
    const id = await open();
    await embed();
    const first = await click(id, 41);
    expect(first.status, JSON.stringify(first.body)).toBe(200);
    const second = await click(id, 42);
    expect(second.body.mask.assetId).not.toBe(first.body.mask.assetId);
    const content = await app.api(anna.token).get(`/assets/${second.body.mask.assetId}/content`).redirects(0);
    expect(Buffer.from(await (await fetch(content.headers['location']!)).arrayBuffer()).equals(tinyPng(42))).toBe(true);
    expect((await app.api(anna.token).delete(`/visual/segment/sessions/${id}`)).body).toMatchObject({ open: false });
    await until(id, 'succeeded');
    expect(await job(id)).toMatchObject({ credits: { held: '0', charged: '1' }, outputs: [{}, {}] });
    const late = await post(`/visual/segment/sessions/${id}/clicks`, { points: [point] });
    expect([late.status, late.body.code]).toEqual([409, 'session_ended']);
  });

  it('asks for patience while four clicks wait, and costs nothing when none of them could be answered', async () => {
    const id = await open();
    await embed();
    const asked = Array.from({ length: 5 }, () => post(`/visual/segment/sessions/${id}/clicks`, { points: [point] }).then((answer) => answer));
    const busy = await Promise.race(asked);
    expect([busy.status, busy.body.code, busy.headers['retry-after']]).toEqual([429, 'job_busy', '1']);
    for (let i = 0; i < 4; i++) {
      const task = await box.leaseOne();
      await box.complete(task, { outcome: 'failed', error: { class: 'input', code: 'unreadable_image', message: 'No.' }, stepsDone: 0 });
    }
    expect((await Promise.all(asked)).map(({ status }) => status).sort()).toEqual([422, 422, 422, 422, 429]);
    await app.api(anna.token).delete(`/visual/segment/sessions/${id}`);
    await until(id, 'failed');
    expect(await job(id)).toMatchObject({ credits: { held: '0', charged: '0' } });
  });

  it('refuses clicks outside the picture, and is no session when it is another job', async () => {
    const id = await open();
    const answer = await post(`/visual/segment/sessions/${id}/clicks`, { points: [{ x: 1000, y: 1 }] });
    expect([answer.status, faultsOf(answer.body)]).toEqual([422, ['/points/0 outside']]);
    await embed();
    await app.api(anna.token).delete(`/visual/segment/sessions/${id}`);
    const { body } = await post('/visual/mask', { image, steps: [{ op: 'invert' }] });
    expect((await post(`/visual/segment/sessions/${body.id}/clicks`, { points: [point] })).status).toBe(404);
    await box.finish(await box.leaseOne(), tinyPng(50));
    await until(body.id, 'succeeded');
  });

  it('ends by itself when its time is over', async () => {
    const id = await open();
    await embed();
    await app.db.sql(`UPDATE job SET open_until = now() - interval '1 second' WHERE operation = 'segment-session' AND finished_at IS NULL`, []);
    await until(id, 'succeeded');
    expect(await job(id)).toMatchObject({ credits: { charged: '1' }, outputs: [] });
  });

  it('that was never looked at costs nothing', async () => {
    const id = await open();
    expect((await app.api(anna.token).delete(`/visual/segment/sessions/${id}`)).status).toBe(200);
    await until(id, 'canceled');
    expect(await job(id)).toMatchObject({ credits: { charged: '0', held: '0' } });
  });
});

describe('from an asset', () => {
  it('an enlargement is asked for by its path', async () => {
    const { status, body } = await post(`/assets/${image}/upscale`, { factor: 2 });
    expect([status, body.operation, body.parameters.image]).toEqual([202, 'upscale', image]);
    await box.finish(await box.leaseOne(), tinyPng(61));
    await until(body.id, 'succeeded');
  });

  it('variations are drawn from it by what it was drawn by', async () => {
    const made = await post('/generate/txt2img', { prompt: 'a heron', steps: 7, cfgScale: 3, seed: 5, width: 96, height: 64 });
    await box.finish(await box.leaseOne(), await plain(96, 64, 'grey'));
    await until(made.body.id, 'succeeded');
    const asset = (await job(made.body.id)).outputs[0].assetId as string;
    const { status, body } = await post(`/assets/${asset}/variations`, { count: 2 });
    expect(status, JSON.stringify(body)).toBe(202);
    expect(body).toMatchObject({ operation: 'img2img', parameters: { prompt: 'a heron', steps: 7, cfgScale: 3, image: asset, strength: 0.5, batchSize: 2 } });
    expect(body.parameters.seed).not.toBe(5);
    for (let i = 0; i < 2; i++) await box.finish(await box.leaseOne(), tinyPng(70 + i));
    await until(body.id, 'succeeded');
  });

  it('variations of a picture without words need some', async () => {
    const answer = await post(`/assets/${image}/variations`, { count: 9 });
    expect([answer.status, faultsOf(answer.body).sort()]).toEqual([422, ['/count max', '/prompt required']]);
  });
});

it('after all of this no invariant is broken', async () => {
  const broken = (await app.nest.get(Probes, { strict: false }).invariants()).filter(({ violations }) => violations.length > 0);
  expect(broken).toEqual([]);
});
