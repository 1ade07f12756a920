import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JobEvent } from '@atelier/contracts';
import { systemCtx } from '../../src/platform/context/index.js';
import { parseId } from '../../src/platform/ids/index.js';
import { Probes } from '../../src/platform/telemetry/index.js';
import { Jobs } from '../../src/studio/jobs/index.js';
import { startApp, type Person, type TestApp } from '../support/app.js';
import { FakeBox, tinyPng } from '../support/fake-box.js';

/** The walk of a job through the whole house, with a box that speaks the real protocol over HTTP. */
let app: TestApp;
let box: FakeBox;
let anna: Person;

const post = (path: string, body: object) => app.api(anna.token).post(path).send(body);
const submit = async (body: object = {}): Promise<string> => {
  const answer = await post('/generate/txt2img', { prompt: 'a lighthouse', ...body });
  expect(answer.status).toBe(202);
  return answer.body.id as string;
};
const job = async (id: string) => (await app.api(anna.token).get(`/jobs/${id}`)).body;
const until = (id: string, status: string) => expect.poll(async () => (await job(id)).status, { timeout: 10_000, interval: 50 }).toBe(status);
const credits = async () => (await app.api(anna.token).get('/billing/credits')).body as { available: string; held: string };
const history = async (id: string): Promise<string[]> =>
  (await app.nest.get(Jobs, { strict: false }).eventsAfter(systemCtx(parseId('tnt', anna.tenantId), 'test'), parseId('job', id), 0, 1000)).map(
    (event: JobEvent) => (event.type === 'status' ? event.data.status : event.type),
  );

beforeAll(async () => {
  app = await startApp({ ATELIER_RETRY_BACKOFF_MS: '0', ATELIER_LEASE_TTL_MS: '45000', ATELIER_HEARTBEAT_MS: '10000', ATELIER_LONG_POLL_MS: '5000' });
});
beforeEach(async () => {
  box = await FakeBox.start(app);
  anna = await app.register('Anna');
  await app.setPlan(anna.tenantId, 'pro');
});
afterAll(() => app?.close());

describe('from the browser to a box and back', () => {
  it('a job is leased, reports, is handed in, becomes a picture, and is charged and metered once', async () => {
    const id = await submit({ seed: 3 });
    const task = await box.leaseOne();
    expect(task).toMatchObject({
      kind: 'txt2img',
      attempt: 1,
      parameters: { prompt: 'a lighthouse', seed: 3, width: 512, height: 512, steps: 20, model: 'builtin/placeholder' },
    });
    await until(id, 'starting');
    await box.heartbeat([
      { taskId: task.taskId, attempt: task.attempt, state: 'running', step: 5, totalSteps: 20, preview: { step: 5, dataUrl: 'data:image/jpeg;base64,AA==' } },
    ]);
    await until(id, 'processing');
    expect(await job(id)).toMatchObject({ progress: 0.25, stage: 'sampling' });
    await box.complete(task, { outputs: [await box.upload(task, tinyPng(3))], meter: { loadMs: 5, workMs: 40 }, stepsDone: 20, stepsTotal: 20 });
    await until(id, 'succeeded');
    const ended = await job(id);
    expect(ended).toMatchObject({
      credits: { held: '0', charged: '1' },
      simulated: true,
      gpu: { class: 'CPU', capacity: 'on_demand' },
      outputs: [{ type: 'image', width: 1, height: 1 }],
    });
    expect(ended.gpu.seconds).toBeGreaterThan(0);
    const content = await app
      .api(anna.token)
      .get(ended.outputs[0].url.replace(/.*\/api\/v1/, ''))
      .redirects(0);
    expect(Buffer.from(await (await fetch(content.headers['location']!)).arrayBuffer()).equals(tinyPng(3))).toBe(true);
    expect(await credits()).toMatchObject({ available: '4999', held: '0' });
    const kinds = await history(id);
    expect(kinds.filter((kind) => !['progress', 'preview'].includes(kind))).toEqual([
      'queued',
      'billing',
      'starting',
      'processing',
      'billing',
      'complete',
      'succeeded',
    ]);
    expect(kinds).toContain('preview');
    const log = (await app.api(anna.token).get(`/jobs/${id}/log`)).body.entries;
    expect(log.at(-1)).toMatchObject({
      event: 'succeeded',
      message: expect.stringMatching(/^Everything was delivered: the listed price\. It took [\d.]+ seconds of a box of class CPU\.$/),
    });
    const explained = (await app.api(anna.token).get(`/jobs/${id}/explain`)).body;
    expect(explained).toMatchObject({
      hold: { state: 'settled', charged: '1' },
      attempts: [{ attempt: 1, outcome: 'done', class: 'CPU' }],
      gpu: { seconds: ended.gpu.seconds },
    });
  });

  it('a picture goes in by its digest and the result remembers it', async () => {
    const picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: 'teal' } })
      .png()
      .toBuffer();
    const { body: asset } = await app.api(anna.token).post('/assets').attach('file', picture, { filename: 'a.png', contentType: 'image/png' });
    const { body } = await post('/generate/upscale', { image: asset.id, factor: 2 });
    expect(body).toMatchObject({ operation: 'upscale', status: 'queued' });
    const task = await box.leaseOne();
    expect(task).toMatchObject({
      kind: 'upscale',
      parameters: { factor: 2, style: 'photo' },
      inputs: [{ name: 'image', sha256: asset.sha256, contentType: 'image/png' }],
    });
    expect(Buffer.from(await (await fetch(task.inputs[0]!.url)).arrayBuffer()).equals(picture)).toBe(true);
    await box.finish(task, tinyPng(9));
    await until(body.id, 'succeeded');
    const [output] = (await job(body.id)).outputs;
    expect((await app.api(anna.token).get(`/assets/${output.assetId}`)).body.lineage.parents).toMatchObject([{ id: asset.id }]);
    expect((await app.api(anna.token).delete(`/assets/${asset.id}`)).status).toBe(204);
  });

  it('a picture given back unfinished starts again, and is charged once', async () => {
    const id = await submit();
    const first = await box.leaseOne();
    await box.heartbeat([{ taskId: first.taskId, attempt: first.attempt }]);
    await until(id, 'processing');
    await box.release([first]);
    await expect.poll(async () => (await job(id)).reason).toBe('interrupted_retrying');
    // It drains from then on; another box takes over.
    box = await FakeBox.start(app);
    const second = await box.leaseOne();
    expect(second).toMatchObject({ taskId: first.taskId, attempt: 2 });
    await box.finish(second);
    await until(id, 'succeeded');
    expect((await job(id)).credits).toEqual({ held: '0', charged: '1' });
  });

  it('a batch delivers what could be made and says what could not', async () => {
    const id = await submit({ batchSize: 3, seed: 40 });
    await box.finish(await box.leaseOne());
    const bad = await box.leaseOne();
    await box.fail(bad, 'input', 'unreadable_image');
    await box.finish(await box.leaseOne());
    await until(id, 'succeeded');
    // Pictures of a batch are equals: any may be handed out first.
    const index = Number(bad.parameters['seed']) - 40;
    expect(await job(id)).toMatchObject({ credits: { charged: '2' }, outputs: [{}, {}], failedOutputs: [{ index, code: 'unreadable_image' }] });
  });

  it('an input that is refused before any work was done costs nothing, whatever the box counted meanwhile', async () => {
    const id = await submit();
    const error = { class: 'input', code: 'bad_parameters', message: 'No such sampler.' } as const;
    await box.complete(await box.leaseOne(), { outcome: 'failed', error, stepsDone: 2200, stepsTotal: 2201, meter: { loadMs: 900, workMs: 0 } });
    await until(id, 'failed');
    expect(await job(id)).toMatchObject({ credits: { held: '0', charged: '0' }, error: { code: 'bad_parameters' } });
  });

  it('an engine that fails three times ends the job at no cost', async () => {
    const id = await submit();
    for (let i = 0; i < 3; i++) await box.fail(await box.leaseOne(), 'task');
    await until(id, 'failed');
    expect(await job(id)).toMatchObject({ credits: { held: '0', charged: '0' }, error: { code: 'engine_crash' } });
    expect(await credits()).toMatchObject({ available: '5000', held: '0' });
  });
});

describe('a cancel', () => {
  it('while the job waits ends it at once, and no box ever gets it', async () => {
    const id = await submit();
    expect((await app.api(anna.token).delete(`/jobs/${id}`)).body).toMatchObject({ status: 'canceled', credits: { held: '0', charged: '0' } });
    const next = await submit();
    const task = await box.leaseOne();
    await box.finish(task);
    await until(next, 'succeeded');
    expect(await job(id)).toMatchObject({ status: 'canceled', gpu: { seconds: 0 } });
  });

  it('while a box works on it stops the box with its next heartbeat', async () => {
    const id = await submit({ batchSize: 2 });
    await box.finish(await box.leaseOne());
    const task = await box.leaseOne();
    const answer = await app.api(anna.token).delete(`/jobs/${id}`);
    expect([answer.status, answer.body.cancelRequested]).toEqual([202, true]);
    const { tasks } = await box.heartbeat([{ taskId: task.taskId, attempt: task.attempt, step: 8 }]);
    expect(tasks[0]!.verdict).toBe('stop');
    await box.complete(task, { outcome: 'stopped', stepsDone: 8, stepsTotal: 20 });
    await until(id, 'canceled');
    expect(await job(id)).toMatchObject({ credits: { held: '0', charged: '1' }, outputs: [{}] });
  });
});

it('after all of this no invariant is broken', async () => {
  const broken = (await app.nest.get(Probes, { strict: false }).invariants()).filter(({ violations }) => violations.length > 0);
  expect(broken).toEqual([]);
});
