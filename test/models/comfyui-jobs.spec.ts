import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ComfyStandIn } from '../../gpu-fleet/src/engines/comfyui/comfy-stand-in.js';
import { f32, safetensors } from '../../src/studio/models/checks/crafted.js';
import { startApp, type Person, type TestApp } from '../support/app.js';

/**
 * A machine with ComfyUI (a stand-in of its protocol), with a card (a stand-in of nvidia-smi says so) or without: what `npm start` makes of it, and how a
 * checkpoint goes from the operator's import to a charged picture.
 */
describe.each([
  { machine: 'a machine with a card', hasCard: true, gpuClass: 'A10G', boxes: ['local CPU', 'local-gpu-a10g A10G'] },
  { machine: 'a machine without one', hasCard: false, gpuClass: 'CPU', boxes: ['local CPU'] },
])('$machine', ({ hasCard, gpuClass, boxes }) => {
  let app: TestApp;
  let comfy: ComfyStandIn;
  let anna: Person;
  const scratch = mkdtempSync(join(tmpdir(), 'atelier-comfyui-jobs-'));

  const api = () => app.api(anna.token);
  const operator = () => app.api(app.operator.token);
  const pools = async (): Promise<{ name: string; class: string; liveSlots: number }[]> => (await operator().get('/fleet/pools')).body.data;
  async function ended(id: string) {
    await expect.poll(async () => (await api().get(`/jobs/${id}`)).body.finishedAt, { timeout: 30_000, interval: 100 }).not.toBeNull();
    return (await api().get(`/jobs/${id}`)).body;
  }
  async function bring(slug: string, file: string, tensor: string, shape: [number, number]): Promise<void> {
    const bytes = safetensors({ [tensor]: f32(shape, 0) }, shape[0] * shape[1] * 4);
    const { body } = await operator().post(`/operator/models/${slug}/files`).send({ file, size: bytes.length });
    await operator().put(`/models/imports/${body.id}/parts/1`).set('content-type', 'application/octet-stream').send(bytes);
    await operator().post(`/models/imports/${body.id}/complete`);
    await expect.poll(async () => (await operator().get(`/models/imports/${body.id}`)).body.stage, { timeout: 15_000 }).toBe('done');
  }

  beforeAll(async () => {
    comfy = await ComfyStandIn.start();
    comfy.behaviour = { cpu: !hasCard };
    const bin = join(scratch, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'nvidia-smi'), hasCard ? '#!/bin/sh\necho "NVIDIA A10G, 23028, 550.127.05, 0, 0"\n' : '#!/bin/sh\nexit 9\n');
    writeFileSync(join(bin, 'dmesg'), '#!/bin/sh\nexit 1\n');
    for (const name of ['nvidia-smi', 'dmesg']) chmodSync(join(bin, name), 0o755);
    app = await startApp({
      ...{ ATELIER_LOCAL_BOXES: '1', PATH: `${bin}:${process.env['PATH']}`, ATELIER_WEIGHTS_DIR: join(scratch, 'weights') },
      ...{ ATELIER_COMFYUI_URL: comfy.url, ATELIER_COMFYUI_DIR: comfy.folder, ATELIER_ONNX: 'off' },
    });
    anna = await app.register('Anna');
    await app.setPlan(anna.tenantId, 'pro');
  }, 60_000);
  afterAll(async () => {
    await app?.close();
    await comfy?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('has a box for what it can do', async () => {
    await expect
      .poll(
        async () =>
          (await pools())
            .filter(({ liveSlots }) => liveSlots > 0)
            .map(({ name, class: its }) => `${name} ${its}`)
            .sort(),
        { timeout: 30_000 },
      )
      .toEqual(boxes);
  }, 40_000);

  it('draws with the best model that is ready, once its file is here', async () => {
    const request = { operation: 'txt2img', parameters: { prompt: 'a heron', width: 128, height: 64, seed: 3, steps: 4 } };
    const before = await ended((await api().post('/jobs').send(request)).body.id);
    expect(before).toMatchObject({ status: 'succeeded', simulated: true, gpu: { class: 'CPU' } });
    const file = (await api().get('/models?limit=100')).body.data.find(({ slug }: { slug: string }) => slug === 'sd-1.5').files[0].name;
    await bring('sd-1.5', file, 'model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight', [320, 768]);
    await expect
      .poll(async () => (await api().get('/models?limit=100')).body.data.find(({ slug }: { slug: string }) => slug === 'sd-1.5'), { timeout: 15_000 })
      .toMatchObject({ ready: true, defaultFor: expect.arrayContaining(['txt2img']) });
    const job = await ended((await api().post('/jobs').send(request)).body.id);
    expect(job, JSON.stringify(job.error)).toMatchObject({
      status: 'succeeded',
      simulated: false,
      credits: { charged: '1', held: '0' },
      gpu: { class: gpuClass },
    });
    expect(job.gpu.seconds).toBeGreaterThan(0);
    const made = (await api().get(`/assets/${job.outputs[0].assetId}`)).body;
    expect(made).toMatchObject({ width: 128, height: 64, simulated: false, metadata: { engine: 'comfyui' } });
    const sampler = Object.values(comfy.submitted.at(-1)!).find(({ class_type }) => class_type === 'KSampler')!;
    expect(sampler.inputs).toMatchObject({ seed: 3, steps: 4 });
  }, 90_000);

  it('gives an attempt ten minutes on a card, and a model on a processor twelve times that', async () => {
    const limits = await app.db.sql<{ engine: string; ms: number }>('SELECT DISTINCT engine, time_limit_ms AS ms FROM task ORDER BY engine');
    expect(limits).toEqual([
      { engine: 'builtin', ms: 600_000 },
      { engine: 'comfyui', ms: hasCard ? 600_000 : 7_200_000 },
    ]);
  });

  it('keeps the seeds of a batch', async () => {
    const before = comfy.submitted.length;
    const parameters = { prompt: 'a heron', width: 128, height: 64, seed: 40, steps: 4, batchSize: 3 };
    const job = await ended((await api().post('/jobs').send({ operation: 'txt2img', parameters })).body.id);
    expect(job).toMatchObject({ status: 'succeeded', credits: { charged: '3' } });
    const seeds = comfy.submitted.slice(before).map((prompt) => Object.values(prompt).find(({ class_type }) => class_type === 'KSampler')!.inputs['seed']);
    expect(seeds.sort()).toEqual([40, 41, 42]);
  }, 60_000);

  it('what needs no model runs on the processor all the same', async () => {
    const image = (await api().get('/assets')).body.data[0].id;
    const job = await ended(
      (
        await api()
          .post('/jobs')
          .send({ operation: 'upscale', parameters: { image, factor: 2 } })
      ).body.id,
    );
    expect(job).toMatchObject({ status: 'succeeded', gpu: { class: 'CPU' } });
  }, 60_000);
});
